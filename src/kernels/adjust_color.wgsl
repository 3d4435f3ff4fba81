// adjustColor: brightness, contrast, saturation, hue or no colour, by numbers [N,D] drawn for each sample. One thread: one pixel, up to four
// channels CG apart; what works on colours has three.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  kind: u32, // 0 brightness, 1 contrast, 2 saturation, 3 hue, 4 grayscale
  D: u32,
  pixels: u32, // of a sample
  C: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
  low: f32, // of values; grayscale: below high, colours go
  high: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> factor: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// NaN stays NaN
fn clip(v: vec4f, low: f32, high: f32) -> vec4f {
  let above = select(v, vec4f(low), v < vec4f(low));
  return select(above, vec4f(high), above > vec4f(high));
}

// Hue in turns, saturation, value; as JAX has it in Keras, after dm_pix.
fn toHsv(rgb: vec3f) -> vec3f {
  let v = max(rgb.x, max(rgb.y, rgb.z));
  let range = v - min(rgb.x, min(rgb.y, rgb.z));
  if (!(range > 0.0)) { return vec3f(0.0, 0.0, v); }
  let unit = 1.0 / (6.0 * range);
  var hue = unit * (rgb.x - rgb.y) + 4.0 / 6.0;
  if (v == rgb.y) { hue = unit * (rgb.z - rgb.x) + 2.0 / 6.0; }
  if (v == rgb.x) { hue = unit * (rgb.y - rgb.z); }
  if (hue < 0.0) { hue += 1.0; }
  var saturation = 0.0;
  if (v > 0.0) { saturation = range / v; }
  return vec3f(hue, saturation, v);
}

fn toRgb(hsv: vec3f) -> vec3f {
  let turn = 6.0 * fract(hsv.x);
  let full = clamp(vec3f(abs(turn - 3.0) - 1.0, 2.0 - abs(turn - 2.0), 2.0 - abs(turn - 4.0)), vec3f(0.0), vec3f(1.0));
  return hsv.z * ((1.0 - hsv.y) + hsv.y * full);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let n = pixel / sizes.pixels;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  let at = vec4u(pixel * C) + c;
  let v = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
  let by = factor[n * sizes.D];
  let low = sizes.low;
  let high = sizes.high;
  var value = v;
  switch (sizes.kind) {
    case 0u: { value = clip(v + by * (high - low), low, high); }
    case 1u: {
      let m = vec4u(n * C) + c;
      let middle = vec4f(mean[m.x], mean[m.y], mean[m.z], mean[m.w]);
      value = clip((v - middle) * by + middle, low, high);
    }
    case 2u: {
      var hsv = toHsv(v.xyz);
      hsv.y = clip(vec4f(hsv.y * (by / ((1.0 - by) + 1e-7))), low, high).x;
      value = vec4f(toRgb(hsv), 0.0);
    }
    case 3u: {
      var hsv = toHsv((v.xyz - low) / (high - low));
      hsv.x += select(0.5, -0.5, by > 0.5) * factor[n * sizes.D + 1u];
      value = clip(vec4f(toRgb(hsv), 0.0), 0.0, 1.0) * (high - low) + low;
    }
    default: {
      if (by < high) { value = vec4f(dot(v.xyz, vec3f(0.2989, 0.587, 0.114))); }
    }
  }
  let to = pixel * C + k;
  y[to] = value.x;
  if (k + CG < C) { y[to + CG] = value.y; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = value.z; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = value.w; }
}
