// accumulateMean: one workgroup; each lane takes every 64th row, then lane 0 adds the lanes' parts to the sums in order.
// A value that is not finite is told by its bits: WGSL may drop NaN in comparisons.

struct Sizes {
  base: u32, // first workgroup of this dispatch: there is only one
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> parts: array<vec2f, 64>; // weight * value, weight
var<workgroup> flags: array<u32, 64>;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
  let N = arrayLength(&x);
  var part = vec2f(0.0);
  var flag = 0u;
  for (var row = lane; row < N; row += 64u) {
    let w = weight[row];
    if (w == 0.0) { continue; }
    let finite = (x[row] & 0x7fffffffu) < 0x7f800000u;
    if (finite) { part.x += w * bitcast<f32>(x[row]); } else { flag = 1u; }
    part.y += w;
  }
  parts[lane] = part;
  flags[lane] = flag;
  workgroupBarrier();
  if (lane + sizes.base > 0u) { return; }
  var sum = vec2f(0.0);
  for (var i = 0u; i < min(64u, N); i++) {
    sum += parts[i];
    flag |= flags[i];
  }
  sums[0] += sum.x;
  sums[1] += sum.y;
  if (flag != 0u) { sums[2] = 1.0; }
}
