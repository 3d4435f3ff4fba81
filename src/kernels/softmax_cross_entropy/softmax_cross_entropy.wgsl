// softmaxCrossEntropy of the rows of [N,K]: sum of t * (max - x) + sum of t * log(sum of exp(x - max)).
// One workgroup a row, as in softmax.wgsl; non-finite values are told by their bits.
const LANES: u32 = 32u;
const NEG_INF: u32 = 0xff800000u;
const POS_INF: u32 = 0x7f800000u;
const QUIET_NAN: u32 = 0x7fc00000u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // scores a row
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> t: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> maxima: array<f32, LANES>;
var<workgroup> kinds: array<u32, LANES>;
var<workgroup> sums: array<vec3f, LANES>;

// Bits to be or-ed over the row. 1: x is NaN or +Inf, or t not finite; 2: x is finite; 4: x is -Inf where t asks for it.
fn kindOf(score: u32, goal: u32) -> u32 {
  if ((goal & 0x7fffffffu) >= POS_INF) { return 1u; }
  if (score == NEG_INF) { return select(4u, 0u, (goal & 0x7fffffffu) == 0u); }
  return select(2u, 1u, (score & 0x7fffffffu) >= POS_INF);
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = wid.y * 65535u + wid.x + sizes.base;
  if (row >= sizes.N) { return; }
  let K = sizes.K;
  let parts = min(LANES, K); // lanes with anything to do
  let first = select(0u, parts, row >= sizes.N); // 0, which no compiler sees through: unrolled, the loops over lanes compile twice as long
  let base = row * K;
  var best = -3.4028234663852886e38;
  var kind = 0u;
  for (var k = lane; k < K; k += LANES) {
    let one = kindOf(x[base + k], t[base + k]);
    kind |= one;
    if (one == 2u) { best = max(best, bitcast<f32>(x[base + k])); }
  }
  maxima[lane] = best;
  kinds[lane] = kind;
  workgroupBarrier();
  for (var i = first; i < parts; i++) {
    best = max(best, maxima[i]);
    kind |= kinds[i];
  }
  var part = vec3f(0.0); // sums of exp(x - max), t, t * (max - x)
  for (var k = lane; k < K; k += LANES) {
    if (x[base + k] == NEG_INF) {
      part.y += bitcast<f32>(t[base + k]);
    } else {
      let below = best - bitcast<f32>(x[base + k]);
      let goal = bitcast<f32>(t[base + k]);
      part += vec3f(exp(max(-below, -110.0)), goal, goal * below);
    }
  }
  sums[lane] = part;
  workgroupBarrier();
  if (lane > 0u) { return; }
  var sum = vec3f(0.0);
  for (var i = first; i < parts; i++) { sum += sums[i]; }
  loss[row] = bitcast<u32>(sum.z + sum.y * log(sum.x));
  if (kind != 2u) { loss[row] = select(QUIET_NAN, POS_INF, kind == 6u); }
}
