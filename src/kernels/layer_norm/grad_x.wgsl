// layerNormGradX: dx = s * (dy * gamma - sum of dy * gamma / n - (x - mean) * slope), where each row has an s, two sums and a slope of its own.
// One thread: one vector of sixteen lines.

alias Vec = vec4f; // f32 where lines of a row are not whole vectors

struct Sizes {
  base: u32, // first workgroup of this dispatch
  lines: u32,
  columns: u32, // vectors of a line
  perSample: u32, // lines of a sample
  rows: u32, // that have moments
  G: u32, // rows that a line goes through
  K: u32, // vectors of one of them
  grouped: u32, // 1: gamma by column, 0: by the place in the row
  hasGamma: u32, // 0: gamma is absent, and 1
  centred: f32, // 0: without the mean
  raw: f32, // 1: the mean of x^2 instead of the variance
  times: f32,
  epsilon: f32,
  least: f32,
  n: f32, // values of a row
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> gamma: array<Vec>;
@group(0) @binding(2) var<storage, read> moments: array<f32>; // means, then variances
@group(0) @binding(3) var<storage, read> dy: array<Vec>;
@group(0) @binding(4) var<storage, read> sums: array<f32>; // of dy * gamma, then of that times what x is without the mean
@group(0) @binding(5) var<storage, read_write> dx: array<Vec>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  let columns = sizes.columns;
  let strip = t / columns;
  let c = t - strip * columns;
  let begin = strip * 16u;
  let end = min(begin + 16u, sizes.lines);
  let part = c / sizes.K;
  let b = part / sizes.G;
  let g = part - b * sizes.G;
  let w = select(b * sizes.K + c - part * sizes.K, c, sizes.grouped != 0u);
  var scale = Vec(1.0);
  if (sizes.hasGamma != 0u) { scale = gamma[w]; }
  var sample = begin / sizes.perSample;
  var rest = begin - sample * sizes.perSample;
  var at = begin * columns + c;
  for (var line = begin; line < end; line++) {
    let row = sample * sizes.G + g;
    let mean = moments[row];
    let square = (moments[sizes.rows + row] + sizes.raw * mean * mean) * sizes.times;
    let s = inverseSqrt(max(square, sizes.least) + sizes.epsilon);
    let shift = sizes.centred * sums[row] / sizes.n;
    // Where the least is what a row is divided by, it does not change with x.
    let slope = select(s * s * sums[sizes.rows + row] * sizes.times / sizes.n, 0.0, square < sizes.least);
    dx[at] = s * (dy[at] * scale - shift - (x[at] - (1.0 - sizes.raw) * mean) * slope);
    at += columns;
    rest++;
    if (rest == sizes.perSample) {
      rest = 0u;
      sample++;
    }
  }
}
