// standardizeSamples: every sample less its mean m, and over t, its deviation s plus 1e-6; or what a gradient dy by that is by x:
// (dy - mean of dy) / t - (x - m) / s * mean of (dy * (x - m)) / t^2, without a deviation dy - mean of dy. One workgroup a sample; every lane takes
// each 64th value, and adds up all lanes' parts in the same order.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values of a sample
  deviation: u32, // whether to divide
  backward: u32, // whether there is dy
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> sums: array<vec2f, 64>; // of x, and of what is standardised
var<workgroup> products: array<vec2f, 64>; // of x - m with itself, and with what is standardised

fn at(e: u32) -> vec2f {
  let v = x[e];
  if (sizes.backward == 0u) { return vec2f(v); }
  return vec2f(v, dy[e]);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let D = sizes.D;
  let first = (wid.y * 65535u + wid.x + sizes.base) * D;
  let end = min(first + D, arrayLength(&y));
  var part = vec2f(0.0);
  for (var e = first + lane; e < end; e += 64u) { part += at(e); }
  sums[lane] = part;
  workgroupBarrier();
  var mean = vec2f(0.0);
  for (var i = 0u; i < 64u; i++) { mean += sums[i]; }
  mean = mean / f32(D);
  part = vec2f(0.0);
  for (var e = first + lane; e < end; e += 64u) {
    let v = at(e);
    part += (v.x - mean.x) * vec2f(v.x - mean.x, v.y);
  }
  products[lane] = part;
  workgroupBarrier();
  part = vec2f(0.0);
  for (var i = 0u; i < 64u; i++) { part += products[i]; }
  var divisor = 1.0;
  var slope = 0.0;
  if (sizes.deviation != 0u) {
    let deviation = sqrt(part.x / f32(D));
    divisor = deviation + 1e-6;
    if (sizes.backward != 0u && deviation > 0.0) { slope = part.y / f32(D) / (divisor * divisor) / deviation; }
  }
  for (var e = first + lane; e < end; e += 64u) {
    let v = at(e) - mean;
    y[e] = v.y / divisor - v.x * slope;
  }
}
