// standardizeSamplesGrad: with m the mean of a sample, s its deviation and t = s + 1e-6, dx = (dy - mean of dy) / t - (x - m) / s * mean of
// (dy * (x - m)) / t^2. Without a deviation dx = dy - mean of dy. One workgroup a sample, as in standardize_samples.wgsl.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values of a sample
  deviation: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> sums: array<vec2f, 64>; // of x and dy
var<workgroup> products: array<vec2f, 64>; // of the squares of x - mean, and of dy * (x - mean)

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let D = sizes.D;
  let first = (wid.y * 65535u + wid.x + sizes.base) * D;
  let end = min(first + D, arrayLength(&dx));
  var part = vec2f(0.0);
  for (var e = first + lane; e < end; e += 64u) { part += vec2f(x[e], dy[e]); }
  sums[lane] = part;
  workgroupBarrier();
  var sum = vec2f(0.0);
  for (var i = 0u; i < 64u; i++) { sum += sums[i]; }
  let mean = sum / f32(D);
  part = vec2f(0.0);
  for (var e = first + lane; e < end; e += 64u) {
    let d = x[e] - mean.x;
    part += d * vec2f(d, dy[e]);
  }
  products[lane] = part;
  workgroupBarrier();
  sum = vec2f(0.0);
  for (var i = 0u; i < 64u; i++) { sum += products[i]; }
  var divisor = 1.0;
  var slope = 0.0;
  if (sizes.deviation != 0u) {
    let deviation = sqrt(sum.x / f32(D));
    divisor = deviation + 1e-6;
    if (deviation > 0.0) { slope = sum.y / f32(D) / (divisor * divisor) / deviation; }
  }
  for (var e = first + lane; e < end; e += 64u) { dx[e] = (dy[e] - mean.y) / divisor - (x[e] - mean.x) * slope; }
}
