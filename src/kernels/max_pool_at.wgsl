// maxPoolAt: the value of each window at its noted element. One thread: one output pixel, four channels CG apart. Copies bits.

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
  inverse: u32, // ceil(65536 / S)
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> argmax: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

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
  let place = (vec4u(argmax[t]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u);
  let r = (place * sizes.inverse) >> vec4u(16u);
  let h = p * sizes.strideH + r - sizes.padTop;
  let w = q * sizes.strideW + (place - r * sizes.S) - sizes.padLeft;
  let at = ((n * sizes.H + h) * sizes.W + w) * C + c;
  let to = pixel * sizes.yRow + sizes.yBegin + k;
  y[to] = x[at.x];
  if (k + CG < C) { y[to + CG] = x[at.y]; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = x[at.z]; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = x[at.w]; }
}
