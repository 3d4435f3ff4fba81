// softmaxGrad: dx = y * (dy - sum of y * dy) for the rows of [N,K]. One workgroup a row, as in softmax.wgsl.
const LANES: u32 = 32u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // scores a row
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> dots: array<f32, LANES>;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = wid.y * 65535u + wid.x + sizes.base;
  if (row >= sizes.N) { return; }
  let K = sizes.K;
  let parts = min(LANES, K); // lanes with anything to do
  let first = select(0u, parts, row >= sizes.N); // 0, which no compiler sees through: unrolled, the loops over lanes compile twice as long
  let base = row * K;
  var part = 0.0;
  for (var k = lane; k < K; k += LANES) { part += y[base + k] * dy[base + k]; }
  dots[lane] = part;
  workgroupBarrier();
  var dot = 0.0;
  for (var i = first; i < parts; i++) { dot += dots[i]; }
  for (var k = lane; k < K; k += LANES) { dx[base + k] = y[base + k] * (dy[base + k] - dot); }
}
