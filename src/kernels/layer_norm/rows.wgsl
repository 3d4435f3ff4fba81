// layerNormSums: for each row of x [A,B,G,K], whose B lines of K values lie G * K apart, the sums of dy * gamma and of dy * gamma * (x - mean), what
// the gradient by x needs of them. SPAN lanes share a row, or a part of it: this file has one, teams.ts makes others, and of it the moments.
const SPAN: u32 = 1u;
const LANES: u32 = 64u;
const MOMENTS: bool = false; // in two passes, the second about the mean of the first: rows far from 0 keep the digits in which their values differ

alias Vec = vec4f; // f32 where lines are not whole vectors

struct Sizes {
  base: u32, // first workgroup of this dispatch
  rows: u32, // A * G
  G: u32,
  K: u32, // vectors of a line
  n: u32, // vectors of a row
  each: u32, // vectors of a part, the last has what is left
  stepK: u32, // from a lane's vector to its next: within a line,
  step: u32, // and in x
  width: f32, // values of a vector
  hasGamma: u32, // 0: gamma is absent, and 1
  grouped: u32, // 1: gamma is by the last axis, 0: by the place in the row
  centred: f32, // 0: without the mean
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> gamma: array<Vec>;
@group(0) @binding(2) var<storage, read> moments: array<f32>; // means, then variances
@group(0) @binding(3) var<storage, read> dy: array<Vec>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>; // [parts,2,rows]
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> shares: array<vec2f, LANES>;

// The sums over the lanes of a row, always in the same order.
fn total(share: vec2f, lane: u32) -> vec2f {
  return share;
}

fn sumOf(v: Vec) -> f32 {
  return dot(v, Vec(1.0));
}

// What is taken off x.
fn middleOf(row: u32) -> f32 {
  return moments[row] * sizes.centred;
}

// What is summed, and times x without its middle, which is d.
fn weightOf(at: u32, w: u32, d: Vec) -> Vec {
  if (sizes.hasGamma == 0u) { return dy[at]; }
  return dy[at] * gamma[w];
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * (LANES / SPAN) + lane / SPAN;
  let team = min(t, arrayLength(&sums) / 2u - 1u); // the lanes behind the end do as the last
  let part = team / sizes.rows;
  let row = team - part * sizes.rows;
  let a = row / sizes.G;
  let g = row - a * sizes.G;
  let within = lane % SPAN;
  let begin = part * sizes.each;
  let end = min(begin + sizes.each, sizes.n);
  let K = sizes.K;
  let line = sizes.G * K;
  let n = f32(end - begin) * sizes.width;
  var middle = middleOf(row);
  var both = vec2f(0.0);
  for (var round = select(1u, 0u, MOMENTS); round < 2u; round++) {
    let b = (begin + within) / K;
    var k = (begin + within) - b * K;
    var at = a * sizes.n * sizes.G + b * line + g * K + k;
    var ones = Vec(0.0);
    var products = Vec(0.0);
    for (var j = begin + within; j < end; j += SPAN) {
      let d = x[at] - middle;
      let weight = weightOf(at, select(j, g * K + k, sizes.grouped != 0u), d);
      ones += weight;
      products += weight * d;
      k += sizes.stepK;
      at += sizes.step;
      if (k >= K) {
        k -= K;
        at += line - K;
      }
    }
    both = total(vec2f(sumOf(ones), sumOf(products)), lane);
    if (MOMENTS) { middle += both.x / n; }
  }
  if (t != team || within != 0u) { return; }
  if (MOMENTS) {
    let off = both.x / n;
    both = vec2f(middle, max(both.y / n - off * off, 0.0));
  }
  let to = part * 2u * sizes.rows + row;
  sums[to] = both.x;
  sums[to + sizes.rows] = both.y;
}
