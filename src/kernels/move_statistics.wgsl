// moveStatistics: mean and variance, each = its own * momentum + the batch's * (1 - momentum). One channel a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  momentum: f32,
  rest: f32, // 1 - momentum
}

@group(0) @binding(0) var<storage, read> moments: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let c = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  let C = arrayLength(&mean);
  if (c >= C) { return; }
  mean[c] = mean[c] * sizes.momentum + moments[c] * sizes.rest;
  variance[c] = variance[c] * sizes.momentum + moments[C + c] * sizes.rest;
}
