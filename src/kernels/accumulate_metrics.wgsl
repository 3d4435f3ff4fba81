// accumulateMetrics: one workgroup; each lane takes every 64th row, then lane 0 adds the lanes' parts to the sums in order.
// A loss that is not finite is told by its bits: WGSL may drop NaN in comparisons.

struct Sizes {
  base: u32, // first workgroup of this dispatch: there is only one
  N: u32, // rows
  K: u32, // classes
}

@group(0) @binding(0) var<storage, read> loss: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> parts: array<vec3f, 64>; // loss, right answers, samples
var<workgroup> flags: array<u32, 64>;

fn isRight(row: u32) -> bool {
  var bestX = x[row * sizes.K];
  var bestT = t[row * sizes.K];
  var atX = 0u;
  var atT = 0u;
  for (var k = 1u; k < sizes.K; k++) {
    let vx = x[row * sizes.K + k];
    let vt = t[row * sizes.K + k];
    if (vx > bestX) { bestX = vx; atX = k; }
    if (vt > bestT) { bestT = vt; atT = k; }
  }
  return atX == atT;
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
  var part = vec3f(0.0);
  var flag = 0u;
  for (var row = lane; row < sizes.N; row += 64u) {
    let w = weight[row];
    if (w == 0.0) { continue; }
    let finite = (loss[row] & 0x7fffffffu) < 0x7f800000u;
    if (finite) { part.x += bitcast<f32>(loss[row]); } else { flag = 1u; }
    if (isRight(row)) { part.y += w; }
    part.z += w;
  }
  parts[lane] = part;
  flags[lane] = flag;
  workgroupBarrier();
  if (lane + sizes.base > 0u) { return; }
  var sum = vec3f(0.0);
  for (var i = 0u; i < min(64u, sizes.N); i++) {
    sum += parts[i];
    flag |= flags[i];
  }
  sums[0] += sum.x;
  sums[1] += sum.y;
  sums[2] += sum.z;
  if (flag != 0u) { sums[3] = 1.0; }
}
