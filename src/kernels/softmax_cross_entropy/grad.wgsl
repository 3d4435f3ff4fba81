// softmaxCrossEntropyGrad for the rows of [N,K]: dx = dy * (softmax(x) * sum of t - t). One workgroup a row, as in softmax.wgsl.
const LANES: u32 = 32u;
const NEG_INF: u32 = 0xff800000u;
const QUIET_NAN: u32 = 0x7fc00000u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // scores a row
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<u32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> maxima: array<f32, LANES>;
var<workgroup> kinds: array<u32, LANES>;
var<workgroup> sums: array<vec2f, LANES>;

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
  var part = vec2f(0.0); // sums of exp(x - max) and t
  for (var k = lane; k < K; k += LANES) {
    let bits = x[base + k];
    var e = 0.0;
    if (bits != NEG_INF) { e = exp(max(bitcast<f32>(bits) - best, -110.0)); } // exp(-110) is 0 in f32
    part += vec2f(e, t[base + k]);
    dx[base + k] = bitcast<u32>(e);
  }
  sums[lane] = part;
  workgroupBarrier();
  var sum = vec2f(0.0);
  for (var i = first; i < parts; i++) { sum += sums[i]; }
  let factor = dy[row];
  for (var k = lane; k < K; k += LANES) {
    let d = factor * (bitcast<f32>(dx[base + k]) / sum.x * sum.y - t[base + k]);
    dx[base + k] = select(select(QUIET_NAN, bitcast<u32>(d), kind == 2u), 0u, factor == 0.0);
  }
}
