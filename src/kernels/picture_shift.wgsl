// pictureShift: every value of a sample moved by the sample's own number, within the range of its values; or its brightness times that number,
// in bytes. One workgroup a sample; every lane takes each 64th value, first for the range.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values of a sample
  C: u32, // channels
  kind: u32, // 0 channels, 1 brightness
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> by: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> ranges: array<vec2f, 64>;

// Keras's apply_brightness_shift: a picture of bytes, stretched to 0..255 where it leaves them, and Pillow's blend with black.
fn brighter(v: f32, factor: f32, range: vec2f, alpha: bool) -> f32 {
  let stretched = range.x < 0.0 || range.y > 255.0;
  let size = range.y - range.x;
  var byte = v;
  if (stretched) {
    byte = v - range.x;
    if (size != 0.0) { byte = byte / size; }
    byte = byte * 255.0;
  }
  byte = trunc(byte);
  if (!alpha) { byte = trunc(clamp(byte * factor, 0.0, 255.0)); }
  return select(byte, byte / 255.0 * size + range.x, stretched);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = wid.y * 65535u + wid.x + sizes.base;
  let first = n * sizes.D;
  let end = min(first + sizes.D, arrayLength(&y));
  var range = vec2f(x[min(first, arrayLength(&x) - 1u)]);
  for (var e = first + lane; e < end; e += 64u) { range = vec2f(min(range.x, x[e]), max(range.y, x[e])); }
  ranges[lane] = range;
  workgroupBarrier();
  for (var i = 0u; i < 64u; i++) { range = vec2f(min(range.x, ranges[i].x), max(range.y, ranges[i].y)); }
  for (var e = first + lane; e < end; e += 64u) {
    if (sizes.kind == 0u) {
      y[e] = clamp(x[e] + by[n], range.x, range.y);
    } else {
      y[e] = brighter(x[e], by[n], range, sizes.C == 4u && (e & 3u) == 3u);
    }
  }
}
