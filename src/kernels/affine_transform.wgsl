// affineTransform: y at column q and row p is x at column a0 * q + a1 * p + a2 and row b0 * q + b1 * p + b2, the nearest pixel or between
// four. What lies outside the picture is read where it is continued, pixel by pixel. One thread: one output pixel, four channels CG apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // input
  W: u32,
  C: u32,
  P: u32, // output
  Q: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
  nearest: u32, // no interpolation
  fill: u32, // 0 constant, 1 nearest, 2 wrap, 3 reflect
  fillValue: f32,
  scipy: u32, // constant begins at the outer pixels; the last pixel that wraps is the first
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> transform: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// Which of n pixels is at place i of a picture that goes on beyond its edges; -1 for none.
fn inside(i: i32, n: i32) -> i32 {
  if (i >= 0 && i < n) { return i; }
  switch (sizes.fill) {
    case 1u: { return clamp(i, 0, n - 1); }
    case 2u: {
      let r = i % n;
      return select(r, r + n, r < 0);
    }
    case 3u: {
      var r = i % (2 * n);
      if (r < 0) { r += 2 * n; }
      return select(r, 2 * n - 1 - r, r >= n);
    }
    default: { return -1; }
  }
}

fn pixelAt(n: u32, h: i32, w: i32, c: vec4u) -> vec4f {
  if (h < 0 || w < 0) { return vec4f(sizes.fillValue); }
  let at = vec4u(((n * sizes.H + u32(h)) * sizes.W + u32(w)) * sizes.C) + c;
  return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let line = pixel / sizes.Q;
  let q = f32(pixel - line * sizes.Q);
  let n = line / sizes.P;
  let p = f32(line - n * sizes.P);
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing

  let m = 6u * n;
  let place = vec2f(
    transform[m] * q + transform[m + 1u] * p + transform[m + 2u],
    transform[m + 3u] * q + transform[m + 4u] * p + transform[m + 5u],
  );
  var at = clamp(place, vec2f(-1e6), vec2f(1e6));
  let size = vec2i(i32(sizes.W), i32(sizes.H));
  let last = vec2f(size - 1);
  let beyond = (at < vec2f(0.0)) | (at > last);
  if (sizes.scipy != 0u && sizes.fill == 2u) { at = select(at, at - floor(at / max(last, vec2f(1.0))) * last, beyond); }
  var value: vec4f;
  if (sizes.scipy != 0u && sizes.fill == 0u && any(beyond)) {
    value = vec4f(sizes.fillValue);
  } else if (sizes.nearest != 0u) {
    let whole = vec2i(at + select(vec2f(-0.5), vec2f(0.5), at >= vec2f(0.0))); // halves away from 0
    value = pixelAt(n, inside(whole.y, size.y), inside(whole.x, size.x), c);
  } else {
    let low = floor(at);
    let f = at - low;
    let whole = vec2i(low);
    let above = inside(whole.y, size.y);
    let below = inside(whole.y + 1, size.y);
    let left = inside(whole.x, size.x);
    let right = inside(whole.x + 1, size.x);
    let top = pixelAt(n, above, left, c) * (1.0 - f.x) + pixelAt(n, above, right, c) * f.x;
    let bottom = pixelAt(n, below, left, c) * (1.0 - f.x) + pixelAt(n, below, right, c) * f.x;
    value = top * (1.0 - f.y) + bottom * f.y;
  }

  let to = pixel * C + k;
  y[to] = value.x;
  if (k + CG < C) { y[to + CG] = value.y; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = value.z; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = value.w; }
}
