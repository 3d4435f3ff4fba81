// oneHot: rows of K values, 1 at the place that x names and 0 elsewhere. One element a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  K: u32, // classes
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&y)) { return; }
  let row = e / sizes.K;
  y[e] = select(0.0, 1.0, x[row] == f32(e - row * sizes.K));
}
