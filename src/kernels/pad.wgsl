// pad: zeros around an image; negative counts cut rows and columns off. One thread: one output pixel, four channels CG apart. Copies bits.
const H: u32 = 8u; // input
const W: u32 = 8u;
const C: u32 = 4u;
const P: u32 = 10u; // output
const Q: u32 = 10u;
const TOP: i32 = 1i;
const LEFT: i32 = 1i;
const CG: u32 = 1u; // ceil(C / 4)
const THREADS: u32 = 100u;

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
  let k = t % CG;
  let pixel = t / CG;
  let h = (pixel / Q) % P - u32(TOP); // wraps above the image, and is then no smaller than H
  let w = pixel % Q - u32(LEFT);
  let inside = h < H && w < W;
  let source = ((pixel / (P * Q) * H + h) * W + w) * C;
  for (var c = k; c < C; c += CG) {
    var bits = 0u;
    if (inside) { bits = x[source + c]; }
    y[pixel * C + c] = bits;
  }
}
