// sampleRange: the least and the largest value of each sample. One workgroup a sample; every lane takes each 64th value, then lane 0 compares
// the lanes' own.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values of a sample
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> ranges: array<vec2f, 64>;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = wid.y * 65535u + wid.x + sizes.base;
  let D = sizes.D;
  let first = n * D;
  let begin = x[min(first, arrayLength(&x) - 1u)];
  var range = vec2f(begin);
  if (2u * n < arrayLength(&y)) {
    for (var i = lane; i < D; i += 64u) {
      let v = x[first + i];
      range = vec2f(min(range.x, v), max(range.y, v));
    }
  }
  ranges[lane] = range;
  workgroupBarrier();
  if (lane > 0u || 2u * n >= arrayLength(&y)) { return; }
  for (var i = 1u; i < 64u; i++) { range = vec2f(min(range.x, ranges[i].x), max(range.y, ranges[i].y)); }
  y[2u * n] = range.x;
  y[2u * n + 1u] = range.y;
}
