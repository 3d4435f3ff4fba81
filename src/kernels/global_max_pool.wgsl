// globalMaxPool: the largest value of each channel over all pixels. One thread: one channel of one image; lanes along the channels.
// max() may drop NaN, so the largest magnitude is kept as bits beside it; above 0x7f800000 it is a NaN, and wins.
const PIXELS: u32 = 64u; // H * W
const C: u32 = 64u;
const THREADS: u32 = 64u; // N * C

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
  var at = t / C * PIXELS * C + t % C;
  var best = bitcast<f32>(x[at]);
  var magnitude = 0u;
  for (var i = 0u; i < PIXELS; i++) {
    let bits = x[at];
    best = max(best, bitcast<f32>(bits));
    magnitude = max(magnitude, bits & 0x7fffffffu);
    at += C;
  }
  y[t] = select(bitcast<u32>(best), magnitude, magnitude > 0x7f800000u);
}
