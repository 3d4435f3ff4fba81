// standardizeSamples: every sample less its mean, and over its deviation plus 1e-6. One workgroup a sample; every lane takes each 64th value, and
// adds up all lanes' parts in the same order.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values of a sample
  deviation: u32, // whether to divide
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, 64>;
var<workgroup> squares: array<f32, 64>;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let D = sizes.D;
  let first = (wid.y * 65535u + wid.x + sizes.base) * D;
  let end = min(first + D, arrayLength(&y));
  var part = 0.0;
  for (var e = first + lane; e < end; e += 64u) { part += x[e]; }
  sums[lane] = part;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < 64u; i++) { sum += sums[i]; }
  let mean = sum / f32(D);
  part = 0.0;
  for (var e = first + lane; e < end; e += 64u) { part += (x[e] - mean) * (x[e] - mean); }
  squares[lane] = part;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < 64u; i++) { sum += squares[i]; }
  let divisor = select(1.0, sqrt(sum / f32(D)) + 1e-6, sizes.deviation != 0u);
  for (var e = first + lane; e < end; e += 64u) { y[e] = (x[e] - mean) / divisor; }
}
