// resizeNearest: the pixel whose area holds the centre of the output pixel. One thread: one output pixel, up to four channels CG apart.
// Copies bits.
const H: u32 = 8u; // input
const W: u32 = 8u;
const C: u32 = 4u;
const P: u32 = 16u; // output
const Q: u32 = 16u;
const CG: u32 = 1u; // ceil(C / 4)
const THREADS: u32 = 256u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let pixel = t / CG;
  let h = (2u * (pixel / Q % P) + 1u) * H / (2u * P);
  let w = (2u * (pixel % Q) + 1u) * W / (2u * Q);
  let source = ((pixel / (P * Q) * H + h) * W + w) * C;
  for (var c = t % CG; c < C; c += CG) { y[pixel * C + c] = x[source + c]; }
}
