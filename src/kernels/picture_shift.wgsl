// pictureShift: every value of a sample moved by the sample's own number, within the range of its values; or its brightness times that number,
// in bytes. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values of a sample
  C: u32, // channels
  kind: u32, // 0 channels, 1 brightness
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> by: array<f32>;
@group(0) @binding(2) var<storage, read> range: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// Keras's apply_brightness_shift: a picture of bytes, stretched to 0..255 where it leaves them, and Pillow's blend with black.
fn brighter(v: f32, factor: f32, low: f32, high: f32, alpha: bool) -> f32 {
  let stretched = low < 0.0 || high > 255.0;
  let size = high - low;
  var byte = v;
  if (stretched) {
    byte = v - low;
    if (size != 0.0) { byte = byte / size; }
    byte = byte * 255.0;
  }
  byte = trunc(byte);
  if (!alpha) { byte = trunc(clamp(byte * factor, 0.0, 255.0)); }
  return select(byte, byte / 255.0 * size + low, stretched);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = ((wid.y * 65535u + wid.x + sizes.base) * 64u + lane) * 4u;
  let end = min(first + 4u, arrayLength(&y));
  var n = first / sizes.D;
  var next = (n + 1u) * sizes.D;
  for (var e = first; e < end; e++) {
    if (e == next) {
      n++;
      next += sizes.D;
    }
    let low = range[2u * n];
    let high = range[2u * n + 1u];
    if (sizes.kind == 0u) {
      y[e] = clamp(x[e] + by[n], low, high);
    } else {
      y[e] = brighter(x[e], by[n], low, high, sizes.C == 4u && (e & 3u) == 3u);
    }
  }
}
