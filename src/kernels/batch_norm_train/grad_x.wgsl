// batchNormTrainGradX: dx = gamma * s * (dy - dbeta / M - (x - mean) * s * dgamma / M), s = 1 / sqrt(variance + epsilon), of M rows. One thread:
// one channel of sixteen rows.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  rows: u32, // M, product of the leading axes
  C: u32,
  hasGamma: u32, // 0: gamma is absent, and 1
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>; // means, then variances
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read> dw: array<f32>; // dgamma, then dbeta
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  let C = sizes.C;
  let strip = t / C;
  let c = t - strip * C;
  let begin = strip * 16u;
  let end = min(begin + 16u, sizes.rows);
  let M = f32(sizes.rows);
  let mean = moments[c];
  let s = inverseSqrt(moments[C + c] + sizes.epsilon);
  var scale = s;
  if (sizes.hasGamma != 0u) { scale *= gamma[c]; }
  let slope = s * dw[c] / M;
  let shift = dw[C + c] / M;
  var at = begin * C + c;
  for (var row = begin; row < end; row++) {
    dx[at] = scale * (dy[at] - shift - (x[at] - mean) * slope);
    at += C;
  }
}
