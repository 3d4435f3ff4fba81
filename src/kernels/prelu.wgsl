// prelu: y = x where x is positive, else alpha * x. alpha repeats every PERIOD elements. Four elements a thread.
const SIZE: u32 = 1024u; // elements
const PERIOD: u32 = 16u; // elements of alpha

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> alpha: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < SIZE) { y[e] = select(x[e] * alpha[e % PERIOD], x[e], x[e] > 0.0); }
  }
}
