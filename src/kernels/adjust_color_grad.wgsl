// adjustColorGrad: the gradient through adjust_color.wgsl by x, or by the mean of a contrast; nothing where a value is cut off. One thread: one pixel,
// up to four channels CG apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  kind: u32, // 0 brightness, 1 contrast, 2 saturation, 3 hue, 4 grayscale, 5 contrast by the mean
  D: u32,
  pixels: u32, // of a sample
  C: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
  low: f32, // of values; grayscale: below high, colours go
  high: f32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn within(v: vec4f) -> vec4f { return select(vec4f(0.0), vec4f(1.0), (v >= vec4f(sizes.low)) & (v <= vec4f(sizes.high))); }

fn only(i: u32, v: f32) -> vec3f { return select(vec3f(0.0), vec3f(v), vec3u(0u, 1u, 2u) == vec3u(i)); }

// Of colours v - range * g, with v the largest of three values, range how far the least lies below it, and g what the hue gives.
struct Order {
  largest: u32, // of the channels
  middle: u32,
  least: u32,
  range: f32,
}

fn orderOf(c: vec3f) -> Order {
  let v = max(c.x, max(c.y, c.z));
  let least = min(c.x, min(c.y, c.z));
  let a = select(select(2u, 1u, c.y == v), 0u, c.x == v);
  let b = select(select(0u, 1u, c.y == least), 2u, c.z == least);
  return Order(a, 3u - a - b, b, v - least);
}

// Saturation times k: v + k (c - v), or where that is cut off v (1 - s g), with g = (v - c) / range.
fn saturated(c: vec3f, d: vec3f, k: f32) -> vec3f {
  let o = orderOf(c);
  let v = c[o.largest];
  if (!(o.range > 0.0)) { return d; }
  if (!(v > 0.0)) { return only(o.largest, dot(d, vec3f(1.0))); }
  let s = o.range / v * k;
  if (s >= sizes.low && s <= sizes.high) { return k * d + only(o.largest, (1.0 - k) * dot(d, vec3f(1.0))); }
  let cut = clamp(s, sizes.low, sizes.high);
  let g = (v - c) / o.range;
  let slope = d[o.middle] * v * cut / o.range;
  let inner = g[o.middle];
  return only(o.largest, dot(d, 1.0 - cut * g) - slope * (1.0 - inner)) + only(o.middle, slope) - only(o.least, slope * inner);
}

// Hue turned by some: v - range g(hue), g from 0 to 1 by sixths of a turn.
fn hued(c: vec3f, dy: vec3f, by: f32) -> vec3f {
  let o = orderOf(c);
  let v = c[o.largest];
  if (!(o.range > 0.0)) { return select(vec3f(0.0), dy, v >= 0.0 && v <= 1.0); }
  if (!(v > 0.0)) { return vec3f(0.0); }
  let plus = (o.largest + 1u) % 3u;
  let minus = (o.largest + 2u) % 3u;
  let t = (c[plus] - c[minus]) / o.range;
  let turn = 6.0 * fract((t + 2.0 * f32(o.largest)) / 6.0 + by);
  let ramp = vec3f(abs(turn - 3.0) - 1.0, 2.0 - abs(turn - 2.0), 2.0 - abs(turn - 4.0));
  let g = 1.0 - clamp(ramp, vec3f(0.0), vec3f(1.0));
  let y = v - o.range * g;
  let d = select(vec3f(0.0), dy, (y >= vec3f(0.0)) & (y <= vec3f(1.0)));
  let rise = select(vec3f(0.0), sign(turn - vec3f(3.0, 2.0, 4.0)) * vec3f(1.0, -1.0, -1.0), (ramp > vec3f(0.0)) & (ramp < vec3f(1.0)));
  let slope = dot(d, rise); // by t: of - range g, over range
  return only(o.largest, dot(d, 1.0 - g) - slope * t) + only(o.least, dot(d, g) + slope * t) + only(plus, slope) - only(minus, slope);
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
  let d = vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
  let by = factor[n * sizes.D];
  let size = sizes.high - sizes.low;
  var value = d;
  switch (sizes.kind) {
    case 0u: { value = d * within(v + by * size); }
    case 1u, 5u: {
      let m = vec4u(n * C) + c;
      let middle = vec4f(mean[m.x], mean[m.y], mean[m.z], mean[m.w]);
      value = d * within((v - middle) * by + middle) * select(1.0 - by, by, sizes.kind == 1u);
    }
    case 2u: { value = vec4f(saturated(v.xyz, d.xyz, by / ((1.0 - by) + 1e-7)), 0.0); }
    case 3u: { value = vec4f(hued((v.xyz - sizes.low) / size, d.xyz, select(0.5, -0.5, by > 0.5) * factor[n * sizes.D + 1u]), 0.0); }
    default: {
      if (by < sizes.high) { value = vec4f(dot(d.xyz, vec3f(1.0)) * vec3f(0.2989, 0.587, 0.114), 0.0); }
    }
  }
  let to = pixel * C + k;
  dx[to] = value.x;
  if (k + CG < C) { dx[to + CG] = value.y; }
  if (k + 2u * CG < C) { dx[to + 2u * CG] = value.z; }
  if (k + 3u * CG < C) { dx[to + 3u * CG] = value.w; }
}
