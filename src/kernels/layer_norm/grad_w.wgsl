// layerNormGradW: the sums of dy * (x - mean) * s and of dy over lines, where each row has a mean and an s of its own. One thread: one vector of
// `each` lines.

alias Vec = vec4f; // f32 where lines of a row are not whole vectors

struct Sizes {
  base: u32, // first workgroup of this dispatch
  lines: u32,
  columns: u32, // vectors of a line
  perSample: u32, // lines of a sample
  rows: u32, // that have moments
  G: u32, // rows that a line goes through
  K: u32, // vectors of one of them
  each: u32, // lines of a sum
  centred: f32, // 0: without the mean
  raw: f32, // 1: the mean of x^2 instead of the variance
  times: f32,
  epsilon: f32,
  least: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> moments: array<f32>; // means, then variances
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read_write> dw: array<Vec>; // [parts,2,columns]
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= arrayLength(&dw) / 2u) { return; }
  let columns = sizes.columns;
  let part = t / columns;
  let c = t - part * columns;
  let begin = part * sizes.each;
  let end = min(begin + sizes.each, sizes.lines);
  let g = c / sizes.K % sizes.G;
  var sample = begin / sizes.perSample;
  var rest = begin - sample * sizes.perSample;
  var at = begin * columns + c;
  var products = Vec(0.0);
  var sums = Vec(0.0);
  for (var line = begin; line < end; line++) {
    let row = sample * sizes.G + g;
    let mean = moments[row];
    let square = (moments[sizes.rows + row] + sizes.raw * mean * mean) * sizes.times;
    let s = inverseSqrt(max(square, sizes.least) + sizes.epsilon);
    let d = dy[at];
    products += d * ((x[at] - sizes.centred * mean) * s);
    sums += d;
    at += columns;
    rest++;
    if (rest == sizes.perSample) {
      rest = 0u;
      sample++;
    }
  }
  let to = part * 2u * columns + c;
  dw[to] = products;
  dw[to + columns] = sums;
}
