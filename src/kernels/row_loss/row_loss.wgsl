// rowLoss of the rows of [N,K], of values that depend on the whole row; or its gradient by y, times dy of the row, 0 where that is. One workgroup a
// row; its lanes stride over the row, leave their part in shared memory, and each adds up all parts in the same order. What is not finite is told
// by its bits. Lines with a v at their end are those of the loss alone, those with a d are the gradient's.
const KIND: u32 = 0u; // 0 categorical, 1 cosine, 2 hinge
const GRAD: bool = false;
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
@group(0) @binding(3) var<storage, read_write> loss: array<u32>;
@group(0) @binding(4) var<storage, read_write> dx: array<u32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> sums: array<vec3f, LANES>;
var<workgroup> others: array<f32, LANES>; // maxima, then sums of the second pass
var<workgroup> flags: array<u32, LANES>;

fn strange(bits: u32) -> u32 { return select(0u, 1u, (bits & 0x7fffffffu) >= 0x7f800000u); }

fn told(value: f32, flag: u32) -> u32 { return select(bitcast<u32>(value), QUIET_NAN, flag != 0u); }

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

// Its slope by that share.
fn slope(share: f32, goal: f32) -> f32 {
  let o = clamp(share, 1e-7, 0.9999999);
  let miss = 1.0 - o;
  let inner = pow(miss, sizes.gamma) / o - sizes.gamma * pow(miss, sizes.gamma - 1.0) * log(o);
  return select(0.0, -(sizes.a * goal + sizes.b) * sizes.alpha * inner, o == share);
}

// What the second pass sums up: losses, or how the sum of the row changes them; or how many are the largest, which share its gradient.
fn again(p: f32, goal: f32, sum: f32, most: f32) -> f32 {
  if (KIND == 2u) { return select(0.0, 1.0, (1.0 - goal) * p == most); }
  if (GRAD) { return slope(p / sum, goal) * p; }
  return crossEntropy(p / sum, goal);
}

fn lossOf(sum: vec3f, second: f32, most: f32) -> f32 {
  if (KIND == 0u) { return second; }
  if (KIND == 1u) { return -sum.x / (max(sqrt(sum.y), 1e-7) * max(sqrt(sum.z), 1e-7)); }
  return max(most - sum.x + 1.0, 0.0);
}

fn gradientOf(p: f32, goal: f32, sum: vec3f, second: f32, most: f32) -> f32 {
  if (KIND == 0u) { return (slope(p / sum.x, goal) - second / sum.x) / sum.x; }
  if (KIND == 1u) {
    let lengths = max(sqrt(sum.yz), vec2f(1e-7));
    let turn = select(sum.x / (lengths.x * lengths.x), 0.0, lengths.x == 1e-7);
    return (p * turn - goal) / (lengths.x * lengths.y);
  }
  return select(0.0, select(0.0, (1.0 - goal) / second, (1.0 - goal) * p == most) - goal, most - sum.x + 1.0 > 0.0);
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = wid.y * 65535u + wid.x + sizes.base;
  if (row >= sizes.N) { return; }
  let K = sizes.K;
  let lanes = min(LANES, K); // with anything to do
  let first = select(0u, lanes, row >= sizes.N); // 0, which no compiler sees through: unrolled, the loops over lanes compile twice as long
  let begin = row * K;
  let end = begin + K;
  var part = vec3f(0.0);
  var most = LOWEST;
  var flag = 0u;
  for (var e = begin + lane; e < end; e += LANES) {
    flag |= strange(y[e]) | strange(t[e]);
    let p = bitcast<f32>(y[e]);
    let goal = bitcast<f32>(t[e]);
    part += parts(p, goal);
    most = max(most, (1.0 - goal) * p);
  }
  sums[lane] = part;
  others[lane] = most;
  flags[lane] = flag;
  workgroupBarrier();
  var sum = vec3f(0.0);
  for (var i = first; i < lanes; i++) {
    sum += sums[i];
    most = max(most, others[i]);
    flag |= flags[i];
  }
  if (KIND == 0u) { flag |= select(0u, 1u, sum.x == 0.0); } // shares of nothing are not numbers
  var second = 0.0;
  if (KIND == 0u || (GRAD && KIND == 2u)) {
    for (var e = begin + lane; e < end; e += LANES) { second += again(bitcast<f32>(y[e]), bitcast<f32>(t[e]), sum.x, most); }
    workgroupBarrier();
    others[lane] = second;
    workgroupBarrier();
    second = 0.0;
    for (var i = first; i < lanes; i++) { second += others[i]; }
  }
  if (lane == 0u) { loss[row] = told(lossOf(sum, second, most), flag); } /*[v]*/
  let factor = dy[row]; /*[d]*/
  for (var e = begin + lane; e < end; e += LANES) { /*[d]*/
    let d = gradientOf(bitcast<f32>(y[e]), bitcast<f32>(t[e]), sum, second, most); /*[d]*/
    dx[e] = select(told(factor * d, flag), 0u, factor == 0.0); /*[d]*/
  } /*[d]*/
}
