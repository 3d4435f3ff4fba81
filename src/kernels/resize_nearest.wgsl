// resizeNearest: the pixel whose area holds the centre of the output pixel. One thread: one output pixel, up to four channels CG apart.
// Copies bits.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // input
  W: u32,
  C: u32,
  P: u32, // output
  Q: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
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
  let h = (2u * p + 1u) * sizes.H / (2u * sizes.P);
  let w = (2u * q + 1u) * sizes.W / (2u * sizes.Q);
  let source = ((n * sizes.H + h) * sizes.W + w) * C;
  let to = pixel * C;
  for (var c = k; c < C; c += CG) { y[to + c] = x[source + c]; }
}
