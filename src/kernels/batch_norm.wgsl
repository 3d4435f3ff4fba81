// batchNorm, inference: y = (x - mean) * gamma / sqrt(variance + epsilon) + beta. One thread: one channel of eight rows.
const ROWS: u32 = 64u; // product of the leading axes
const C: u32 = 16u;
const THREADS: u32 = 128u;
const HAS_GAMMA: bool = true;
const HAS_BETA: bool = true;
const EPSILON: f32 = 1e-3f;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let c = t % C;
  let begin = t / C * 8u;
  let end = min(begin + 8u, ROWS);
  var scale = inverseSqrt(variance[c] + EPSILON);
  if (HAS_GAMMA) { scale *= gamma[c]; }
  var shift = 0.0;
  if (HAS_BETA) { shift = beta[c]; }
  let centre = mean[c];
  for (var row = begin; row < end; row++) { y[row * C + c] = (x[row * C + c] - centre) * scale + shift; }
}
