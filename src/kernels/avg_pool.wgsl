// avgPool: the mean of each window without its padding. One thread: one output pixel, four channels CG apart.
const H: u32 = 8u; // input
const W: u32 = 8u;
const C: u32 = 4u;
const P: u32 = 4u; // output
const Q: u32 = 4u;
const R: u32 = 2u; // window
const S: u32 = 2u;
const STRIDE_H: u32 = 2u;
const STRIDE_W: u32 = 2u;
const TOP: u32 = 0u; // padding
const LEFT: u32 = 0u;
const CG: u32 = 1u; // ceil(C / 4)
const THREADS: u32 = 16u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let k = t % CG;
  let pixel = t / CG;
  let p = (pixel / Q) % P;
  let q = pixel % Q;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  let image = pixel / (P * Q) * H;
  // The part of the window that lies in the image.
  let hBegin = max(p * STRIDE_H, TOP) - TOP;
  let hEnd = min(p * STRIDE_H + R - TOP, H);
  let wBegin = max(q * STRIDE_W, LEFT) - LEFT;
  let wEnd = min(q * STRIDE_W + S - LEFT, W);
  var sum = vec4f(0.0);
  for (var h = hBegin; h < hEnd; h++) {
    let row = (image + h) * W;
    for (var w = wBegin; w < wEnd; w++) {
      let at = (row + w) * C;
      sum += vec4f(x[at + c.x], x[at + c.y], x[at + c.z], x[at + c.w]);
    }
  }
  let mean = sum / f32((hEnd - hBegin) * (wEnd - wBegin));
  let to = pixel * C + k;
  y[to] = mean.x;
  if (k + CG < C) { y[to + CG] = mean.y; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = mean.z; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = mean.w; }
}
