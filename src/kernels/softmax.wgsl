// softmax of the rows of [N,K]: y = exp(x - max) / sum of exp(x - max). One workgroup a row; its lanes stride over the row, leave
// their part in shared memory, and each adds up all parts in the same order.
// Non-finite scores are told by their bits: WGSL lets an implementation assume that there are none.
const LANES: u32 = 32u;
const NEG_INF: u32 = 0xff800000u;
const QUIET_NAN: u32 = 0x7fc00000u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // scores a row
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> maxima: array<f32, LANES>;
var<workgroup> kinds: array<u32, LANES>;
var<workgroup> sums: array<f32, LANES>;

// 0: -Inf, 1: NaN or +Inf, 2: finite. The row has a softmax if its kinds or-ed are 2.
fn kindOf(bits: u32) -> u32 {
  if (bits == NEG_INF) { return 0u; }
  return select(2u, 1u, (bits & 0x7fffffffu) >= 0x7f800000u);
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
    let bits = x[base + k];
    let one = kindOf(bits);
    kind |= one;
    if (one == 2u) { best = max(best, bitcast<f32>(bits)); }
  }
  maxima[lane] = best;
  kinds[lane] = kind;
  workgroupBarrier();
  for (var i = first; i < parts; i++) {
    best = max(best, maxima[i]);
    kind |= kinds[i];
  }
  var part = 0.0;
  for (var k = lane; k < K; k += LANES) {
    let bits = x[base + k];
    var e = 0.0;
    if (bits != NEG_INF) { e = exp(max(bitcast<f32>(bits) - best, -110.0)); } // exp(-110) is 0 in f32
    part += e;
    y[base + k] = bitcast<u32>(e);
  }
  sums[lane] = part;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = first; i < parts; i++) { sum += sums[i]; }
  for (var k = lane; k < K; k += LANES) {
    let probability = bitcast<f32>(y[base + k]) / sum;
    y[base + k] = select(QUIET_NAN, bitcast<u32>(probability), kind == 2u);
  }
}
