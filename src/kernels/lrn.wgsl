// lrn: y = x / (BIAS + ALPHA * sum of x^2 over the channels c - RADIUS ... c + RADIUS) ^ BETA. One thread: four elements.
const SIZE: u32 = 1024u; // elements
const C: u32 = 16u; // channels
const RADIUS: u32 = 2u;
const BIAS: f32 = 1.0f;
const ALPHA: f32 = 1e-4f;
const BETA: f32 = 0.75f;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < SIZE) {
      let c = e % C;
      let begin = e - min(c, RADIUS);
      let end = e + min(C - 1u - c, RADIUS);
      var sum = 0.0;
      for (var at = begin; at <= end; at++) { sum += x[at] * x[at]; }
      y[e] = x[e] * exp2(-BETA * log2(BIAS + ALPHA * sum));
    }
  }
}
