// rowLoss of the rows of [N,K], of values that depend on the whole row. One workgroup a row; its lanes stride over the row, leave their part in
// shared memory, and each adds up all parts in the same order. What is not finite is told by its bits.
const KIND: u32 = 0u; // 0 categorical, 1 cosine, 2 hinge
const LANES: u32 = 32u;
const QUIET_NAN: u32 = 0x7fc00000u;
const LOWEST: f32 = -3.4028234663852886e38;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // values a row
  alpha: f32, // of KIND 0
  gamma: f32,
  a: f32, // a target is a * t + b
  b: f32,
}

@group(0) @binding(0) var<storage, read> y: array<u32>;
@group(0) @binding(1) var<storage, read> t: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> sums: array<vec3f, LANES>;
var<workgroup> maxima: array<f32, LANES>;
var<workgroup> flags: array<u32, LANES>;

fn strange(bits: u32) -> u32 { return select(0u, 1u, (bits & 0x7fffffffu) >= 0x7f800000u); }

// What the first pass sums up.
fn parts(p: f32, goal: f32) -> vec3f {
  if (KIND == 0u) { return vec3f(p, 0.0, 0.0); }
  return vec3f(p * goal, p * p, goal * goal);
}

// Of a share of the row's sum.
fn crossEntropy(share: f32, goal: f32) -> f32 {
  let o = clamp(share, 1e-7, 0.9999999);
  return -(sizes.a * goal + sizes.b) * sizes.alpha * pow(1.0 - o, sizes.gamma) * log(o);
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = wid.y * 65535u + wid.x + sizes.base;
  if (row >= sizes.N) { return; }
  let K = sizes.K;
  let lanes = min(LANES, K); // with anything to do
  let first = select(0u, lanes, row >= sizes.N); // 0, which no compiler sees through: unrolled, the loops over lanes compile twice as long
  let base = row * K;
  var part = vec3f(0.0);
  var most = LOWEST;
  var flag = 0u;
  for (var k = lane; k < K; k += LANES) {
    flag |= strange(y[base + k]) | strange(t[base + k]);
    let p = bitcast<f32>(y[base + k]);
    let goal = bitcast<f32>(t[base + k]);
    part += parts(p, goal);
    most = max(most, (1.0 - goal) * p);
  }
  sums[lane] = part;
  maxima[lane] = most;
  flags[lane] = flag;
  workgroupBarrier();
  var sum = vec3f(0.0);
  for (var i = first; i < lanes; i++) {
    sum += sums[i];
    most = max(most, maxima[i]);
    flag |= flags[i];
  }
  var result = max(most - sum.x + 1.0, 0.0);
  if (KIND == 1u) { result = -sum.x / (max(sqrt(sum.y), 1e-7) * max(sqrt(sum.z), 1e-7)); }
  if (KIND == 0u) {
    var own = 0.0;
    for (var k = lane; k < K; k += LANES) { own += crossEntropy(bitcast<f32>(y[base + k]) / sum.x, bitcast<f32>(t[base + k])); }
    maxima[lane] = own;
    workgroupBarrier();
    result = 0.0;
    for (var i = first; i < lanes; i++) { result += maxima[i]; }
  }
  if (lane == 0u) { loss[row] = select(bitcast<u32>(result), QUIET_NAN, flag != 0u); }
}
