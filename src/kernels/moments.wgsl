// moments of [N,C]: mean and variance of every column, of `rows` rows each. One thread: one column of so many rows, eight at a time.
// A row counts as what it lies beyond the mean so far, so that nothing is lost to cancellation. Of d = x - mean, with s and q the sums of d and
// d * d over the new rows: n' = n + rows, mean' = mean + s / n', squares' = squares + q - s * s / n', Welford's update for several rows. The mean
// is itself taken from the first row on: columns far from 0 keep the digits in which their rows differ.
const PARTS: bool = false; // x is [N,2,C], the mean and variance of `each` rows in every row

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  C: u32, // columns
  rows: u32, // of a mean
  each: f32, // what a row counts, and what the last of all counts: 1 but for PARTS
  last: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&y) / 2u) { return; }
  let C = sizes.C;
  let step = select(C, 2u * C, PARTS);
  let part = e / C;
  let c = e - part * C;
  let first = part * sizes.rows;
  let count = min(sizes.rows, sizes.N - first);
  var at = first * step + c;
  let origin = x[at];
  let each = sizes.each;
  var n = 0.0;
  var mean = 0.0;
  var squares = 0.0;
  // The last row, which may count less, is left for below.
  let eights = (count - 1u) / 8u;
  for (var i = 0u; i < eights; i++) {
    let a = vec4u(at, at + step, at + 2u * step, at + 3u * step);
    let b = a + 4u * step;
    let low = vec4f(x[a.x], x[a.y], x[a.z], x[a.w]) - origin - mean;
    let high = vec4f(x[b.x], x[b.y], x[b.z], x[b.w]) - origin - mean;
    let sums = low + high;
    var products = low * low + high * high;
    if (PARTS) {
      products += vec4f(x[a.x + C], x[a.y + C], x[a.z + C], x[a.w + C]) + vec4f(x[b.x + C], x[b.y + C], x[b.z + C], x[b.w + C]);
    }
    let s = each * ((sums.x + sums.y) + (sums.z + sums.w));
    let q = each * ((products.x + products.y) + (products.z + products.w));
    n += 8.0 * each;
    let by = s / n;
    mean += by;
    squares += q - s * by;
    at += 8u * step;
  }
  let end = first + count;
  for (var row = first + 8u * eights; row < end; row++) {
    let counts = select(each, sizes.last, row == sizes.N - 1u);
    let d = x[at] - origin - mean;
    var q = d * d;
    if (PARTS) { q += x[at + C]; }
    n += counts;
    let by = counts * d / n;
    mean += by;
    squares += counts * (q - d * by);
    at += step;
  }
  let to = part * 2u * C + c;
  y[to] = origin + mean;
  y[to + C] = abs(squares / n); // what roundings leave of 0 may be below it
}
