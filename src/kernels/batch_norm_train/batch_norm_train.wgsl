// batchNormTrain: y = (x - mean) * gamma / sqrt(variance + epsilon) + beta. One thread: one channel of sixteen rows.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  rows: u32, // product of the leading axes
  C: u32,
  hasGamma: u32, // 0: gamma is absent, and 1
  hasBeta: u32, // 0: beta is absent, and 0
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<f32>; // means, then variances
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  let C = sizes.C;
  let strip = t / C;
  let c = t - strip * C;
  let begin = strip * 16u;
  let end = min(begin + 16u, sizes.rows);
  let mean = moments[c];
  var scale = inverseSqrt(moments[C + c] + sizes.epsilon);
  if (sizes.hasGamma != 0u) { scale *= gamma[c]; }
  var shift = 0.0;
  if (sizes.hasBeta != 0u) { shift = beta[c]; }
  var at = begin * C + c;
  for (var row = begin; row < end; row++) {
    y[at] = (x[at] - mean) * scale + shift;
    at += C;
  }
}
