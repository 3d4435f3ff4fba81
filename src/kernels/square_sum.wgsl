// squareSum: the sum of the squares of some elements, one workgroup each; every lane takes each 64th, then lane 0 adds the lanes' parts in order.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  each: u32, // elements of a workgroup
  added: u32, // 1: they are sums of squares
  on: u32, // 1: on top of `before`
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> before: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> parts: array<f32, 64>;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  let first = group * sizes.each;
  let end = min(arrayLength(&x), first + sizes.each);
  var part = 0.0;
  for (var e = first + lane; e < end; e += 64u) { part += select(x[e] * x[e], x[e], sizes.added != 0u); }
  parts[lane] = part;
  workgroupBarrier();
  if (lane > 0u || group >= arrayLength(&y)) { return; }
  var sum = select(0.0, before[0], sizes.on != 0u);
  for (var i = 0u; i < 64u; i++) { sum += parts[i]; }
  y[group] = sum;
}
