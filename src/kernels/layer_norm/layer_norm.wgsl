// layerNorm: y = (x - mean) * s * gamma + beta, where each row has a mean and an s of its own. One thread: one vector of sixteen lines.

alias Vec = vec4f; // f32 where lines of a row are not whole vectors

struct Sizes {
  base: u32, // first workgroup of this dispatch
  lines: u32,
  columns: u32, // vectors of a line
  perSample: u32, // lines of a sample
  rows: u32, // that have moments
  G: u32, // rows that a line goes through
  K: u32, // vectors of one of them
  grouped: u32, // 1: weights by column, 0: by the place in the row
  hasGamma: u32, // 0: gamma is absent, and 1
  hasBeta: u32, // 0: beta is absent, and 0
  centred: f32, // 0: without the mean
  raw: f32, // 1: the mean of x^2 instead of the variance
  times: f32,
  epsilon: f32,
  least: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> gamma: array<Vec>;
@group(0) @binding(2) var<storage, read> beta: array<Vec>;
@group(0) @binding(3) var<storage, read> moments: array<f32>; // means, then variances
@group(0) @binding(4) var<storage, read_write> y: array<Vec>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

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
  var shift = Vec(0.0);
  if (sizes.hasBeta != 0u) { shift = beta[w]; }
  var sample = begin / sizes.perSample;
  var rest = begin - sample * sizes.perSample;
  var at = begin * columns + c;
  for (var line = begin; line < end; line++) {
    let row = sample * sizes.G + g;
    let mean = moments[row];
    let square = (moments[sizes.rows + row] + sizes.raw * mean * mean) * sizes.times;
    let s = inverseSqrt(max(square, sizes.least) + sizes.epsilon);
    y[at] = (x[at] - sizes.centred * mean) * (s * scale) + shift;
    at += columns;
    rest++;
    if (rest == sizes.perSample) {
      rest = 0u;
      sample++;
    }
  }
}
