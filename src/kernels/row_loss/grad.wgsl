// rowLossGrad of the rows of [N,K]: the gradient of rowLoss by y, times dy of the row; 0 where that is. One workgroup a row, as in row_loss.wgsl.
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
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<u32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> sums: array<vec3f, LANES>;
var<workgroup> seconds: array<f32, LANES>;
var<workgroup> flags: array<u32, LANES>;

fn strange(bits: u32) -> u32 { return select(0u, 1u, (bits & 0x7fffffffu) >= 0x7f800000u); }

fn parts(p: f32, goal: f32) -> vec3f {
  if (KIND == 0u) { return vec3f(p, 0.0, 0.0); }
  return vec3f(p * goal, p * p, goal * goal);
}

// The slope of the cross-entropy of a share of the row's sum, by that share.
fn slope(share: f32, goal: f32) -> f32 {
  let o = clamp(share, 1e-7, 0.9999999);
  let miss = 1.0 - o;
  let inner = pow(miss, sizes.gamma) / o - sizes.gamma * pow(miss, sizes.gamma - 1.0) * log(o);
  return select(0.0, -(sizes.a * goal + sizes.b) * sizes.alpha * inner, o == share);
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
  seconds[lane] = most;
  flags[lane] = flag;
  workgroupBarrier();
  var sum = vec3f(0.0);
  for (var i = first; i < lanes; i++) {
    sum += sums[i];
    most = max(most, seconds[i]);
    flag |= flags[i];
  }
  workgroupBarrier();
  // The second pass: how the sum of the row changes the loss; or how many are the largest, which share its gradient.
  var second = 0.0;
  for (var k = lane; k < K; k += LANES) {
    let p = bitcast<f32>(y[base + k]);
    let goal = bitcast<f32>(t[base + k]);
    if (KIND == 0u) { second += slope(p / sum.x, goal) * p; }
    if (KIND == 2u) { second += select(0.0, 1.0, (1.0 - goal) * p == most); }
  }
  seconds[lane] = second;
  workgroupBarrier();
  second = 0.0;
  for (var i = first; i < lanes; i++) { second += seconds[i]; }
  let lengths = max(sqrt(sum.yz), vec2f(1e-7));
  let turn = select(sum.x / (lengths.x * lengths.x), 0.0, lengths.x == 1e-7);
  let factor = dy[row];
  for (var k = lane; k < K; k += LANES) {
    let p = bitcast<f32>(y[base + k]);
    let goal = bitcast<f32>(t[base + k]);
    var d = 0.0;
    if (KIND == 0u) { d = (slope(p / sum.x, goal) - second / sum.x) / sum.x; }
    if (KIND == 1u) { d = (p * turn - goal) / (lengths.x * lengths.y); }
    if (KIND == 2u) { d = select(0.0, select(0.0, (1.0 - goal) / second, (1.0 - goal) * p == most) - goal, most - sum.x + 1.0 > 0.0); }
    dx[base + k] = select(select(bitcast<u32>(factor * d), QUIET_NAN, flag != 0u), 0u, factor == 0.0);
  }
}
