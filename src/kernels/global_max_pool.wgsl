// globalMaxPool: the largest value of each channel over all pixels. One thread: one channel of one image; lanes along the channels.
// max() may drop NaN, so the largest magnitude is kept as bits beside it; above 0x7f800000 it is a NaN, and wins.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  pixels: u32, // H * W
  C: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= arrayLength(&y)) { return; }
  let pixels = sizes.pixels;
  let C = sizes.C;
  let n = t / C;
  var at = n * (pixels - 1u) * C + t;
  var best = bitcast<f32>(x[at]);
  var magnitude = 0u;
  for (var i = 0u; i < pixels; i++) {
    let bits = x[at];
    best = max(best, bitcast<f32>(bits));
    magnitude = max(magnitude, bits & 0x7fffffffu);
    at += C;
  }
  y[t] = select(bitcast<u32>(best), magnitude, magnitude > 0x7f800000u);
}
