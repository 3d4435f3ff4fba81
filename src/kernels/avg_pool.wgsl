// avgPool: the mean of each window without its padding. One thread: one output pixel, four channels CG apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // input
  W: u32,
  C: u32,
  P: u32, // output
  Q: u32,
  R: u32, // window
  S: u32,
  strideH: u32,
  strideW: u32,
  padTop: u32,
  padLeft: u32,
  CG: u32, // ceil(C / 4)
  yRow: u32, // channels from a pixel of y to the next
  yBegin: u32, // first of y's
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let row = pixel / sizes.Q;
  let q = pixel - row * sizes.Q;
  let n = row / sizes.P;
  let p = row - n * sizes.P;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  // The part of the window that lies in the image.
  let top = p * sizes.strideH;
  let left = q * sizes.strideW;
  let hBegin = max(top, sizes.padTop) - sizes.padTop;
  let hEnd = min(top + sizes.R - sizes.padTop, sizes.H);
  let wBegin = max(left, sizes.padLeft) - sizes.padLeft;
  let wEnd = min(left + sizes.S - sizes.padLeft, sizes.W);
  let step = sizes.W * C;
  let image = n * sizes.H;
  var sum = vec4f(0.0);
  for (var h = hBegin; h < hEnd; h++) {
    for (var w = wBegin; w < wEnd; w++) {
      let at = (image + h) * step + w * C;
      sum += vec4f(x[at + c.x], x[at + c.y], x[at + c.z], x[at + c.w]);
    }
  }
  let mean = sum / f32((hEnd - hBegin) * (wEnd - wBegin));
  let to = pixel * sizes.yRow + sizes.yBegin + k;
  y[to] = mean.x;
  if (k + CG < C) { y[to + CG] = mean.y; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = mean.z; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = mean.w; }
}
