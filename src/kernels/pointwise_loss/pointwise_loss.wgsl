// pointwiseLoss of the rows of [N,M]: scale * sum of f(y, t) over the row. One workgroup a row; its lanes stride over the row, and lane 0 adds up
// their parts in order. What is not finite is told by its bits: WGSL lets an implementation assume that there is none.
const LANES: u32 = 32u;
const QUIET_NAN: u32 = 0x7fc00000u;

alias Vec = f32;
alias VecBits = u32;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  M: u32, // values a row
  scale: f32,
  a: f32, // numbers of f
  b: f32,
  c: f32,
  d: f32,
  e: f32,
}

@group(0) @binding(0) var<storage, read> y: array<u32>;
@group(0) @binding(1) var<storage, read> t: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, LANES>;
var<workgroup> flags: array<u32, LANES>;

fn value(y: f32, t: f32) -> f32 { return y - t; }

fn strange(bits: u32) -> u32 { return select(0u, 1u, (bits & 0x7fffffffu) >= 0x7f800000u); }

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = wid.y * 65535u + wid.x + sizes.base;
  if (row >= sizes.N) { return; }
  let parts = min(LANES, sizes.M); // lanes with anything to do
  let first = select(0u, parts, row >= sizes.N); // 0, which no compiler sees through: unrolled, the loop over lanes compiles twice as long
  let begin = row * sizes.M;
  var sum = 0.0;
  var flag = 0u;
  for (var m = lane; m < sizes.M; m += LANES) {
    let prediction = y[begin + m];
    let goal = t[begin + m];
    flag |= strange(prediction) | strange(goal);
    sum += value(bitcast<f32>(prediction), bitcast<f32>(goal));
  }
  sums[lane] = sum;
  flags[lane] = flag;
  workgroupBarrier();
  if (lane > 0u) { return; }
  sum = 0.0;
  for (var i = first; i < parts; i++) {
    sum += sums[i];
    flag |= flags[i];
  }
  loss[row] = select(bitcast<u32>(sizes.scale * sum), QUIET_NAN, flag != 0u);
}
