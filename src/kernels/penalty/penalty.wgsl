// penalty of the rows of [N,M]: sum of l1 * |x| + l2 * x^2. One workgroup a row; its lanes stride over the row, and lane 0 adds up their parts.
const LANES: u32 = 32u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  M: u32, // values a row
  l1: f32,
  l2: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = wid.y * 65535u + wid.x + sizes.base;
  if (row >= sizes.N) { return; }
  let parts = min(LANES, sizes.M); // lanes with anything to do
  let first = select(0u, parts, row >= sizes.N); // 0, which no compiler sees through: unrolled, the loop over lanes compiles twice as long
  var sum = 0.0;
  for (var m = lane; m < sizes.M; m += LANES) {
    let v = x[row * sizes.M + m];
    sum += sizes.l1 * abs(v) + sizes.l2 * v * v;
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }
  sum = 0.0;
  for (var i = first; i < parts; i++) { sum += sums[i]; }
  y[row] = sum;
}
