// affineTransformGrad: the sum of dy over the output pixels that read a pixel, each times the weight that it was read with. Such a pixel lies where
// its place, as in affine_transform.wgsl, is less than 1 from the pixel, or from where that comes again beyond the edges: in a tile of the picture
// that goes on. One thread: one pixel of dx, four channels CG apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // dx
  W: u32,
  C: u32,
  P: u32, // dy
  Q: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
  nearest: u32, // no interpolation
  fill: u32, // 0 constant, 1 nearest, 2 wrap, 3 reflect
  scipy: u32, // constant begins at the outer pixels; the last pixel that wraps is the first
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> transform: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// Whether the outer pixels are read for all that is beyond them: those of one pixel in any way but constant.
fn spreads(n: u32) -> bool { return sizes.fill == 1u || (sizes.fill != 0u && n == 1u); }

// Pixels from a tile to the next.
fn period(n: u32) -> f32 { return f32(select(n, n - 1u, sizes.scipy != 0u && sizes.fill == 2u)); }

// The first and last tile of n pixels that places in a range may lie in.
fn tiles(range: vec2f, n: u32) -> vec2f {
  if (sizes.fill == 0u || spreads(n)) { return vec2f(0.0); }
  return floor(vec2f(range.x - 1.0, range.y + 1.0) / period(n));
}

// Pixel i of n in a tile: where it is, and from where to where places read it.
fn window(i: u32, n: u32, tile: f32, range: vec2f) -> vec3f {
  var at = f32(i);
  if (spreads(n)) { return vec3f(at, select(at - 1.0, range.x, i == 0u), select(at + 1.0, range.y, i + 1u == n)); }
  if (sizes.fill == 3u && fract(0.5 * tile) != 0.0) { at = f32(n - 1u) - at; } // every other tile is the other way round
  at += tile * period(n);
  return vec3f(at, at - 1.0, at + 1.0);
}

// The weight that pixel i, `at` in this tile, is read with at a place.
fn weight(place: f32, i: u32, n: u32, at: f32, tile: f32) -> f32 {
  let last = f32(n - 1u);
  var spot = place;
  var to = at;
  if (spreads(n)) { spot = clamp(place, 0.0, last); }
  if (sizes.scipy != 0u && (place < 0.0 || place > last)) {
    if (sizes.fill == 0u) { return 0.0; }
    if (sizes.fill == 2u && n > 1u) {
      if (floor(place / last) != tile) { return 0.0; }
      spot = place - tile * last;
      to = f32(i);
    }
  } else if (sizes.scipy != 0u && sizes.fill == 2u && tile != 0.0) {
    return 0.0;
  }
  if (sizes.nearest != 0u) { return select(0.0, 1.0, trunc(spot + select(-0.5, 0.5, spot >= 0.0)) == to); }
  return max(0.0, 1.0 - abs(spot - to));
}

// Whole numbers from 0 below `count` for which slope * number + start is in a window, with some to spare for roundings.
fn steps(slope: f32, start: f32, window: vec3f, count: u32) -> vec2f {
  let all = vec2f(0.0, f32(count));
  let low = window.y - 0.02 - start;
  let high = window.z + 0.02 - start;
  if (slope == 0.0) { return select(vec2f(0.0), all, low <= 0.0 && high >= 0.0); }
  let ends = vec2f(low, high) / slope;
  return clamp(vec2f(floor(min(ends.x, ends.y)), ceil(max(ends.x, ends.y)) + 1.0), vec2f(all.x), vec2f(all.y));
}

// From where to where the places of the output are along an axis.
fn reach(a: vec3f) -> vec2f {
  let far = a.xy * vec2f(f32(sizes.Q - 1u), f32(sizes.P - 1u));
  return a.z + vec2f(min(far.x, 0.0) + min(far.y, 0.0), max(far.x, 0.0) + max(far.y, 0.0));
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let row = pixel / sizes.W;
  let w = pixel - row * sizes.W;
  let n = row / sizes.H;
  let h = row - n * sizes.H;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing

  let m = 6u * n;
  let a = vec3f(transform[m], transform[m + 1u], transform[m + 2u]);
  let b = vec3f(transform[m + 3u], transform[m + 4u], transform[m + 5u]);
  let columns = reach(a);
  let rows = reach(b);
  let det = a.x * b.y - a.y * b.x;
  let across = tiles(columns, sizes.W);
  let down = tiles(rows, sizes.H);
  var sum = vec4f(0.0);
  for (var j = down.x; j <= down.y; j += 1.0) {
    let v = window(h, sizes.H, j, rows);
    for (var i = across.x; i <= across.y; i += 1.0) {
      let u = window(w, sizes.W, i, columns);
      // Rows of the output: by the inverse, where there is one to speak of.
      var ps = vec2f(0.0, f32(sizes.P));
      if (abs(det) > 0.001) {
        let x = (-b.x / det) * (vec2f(u.y, u.z) - a.z);
        let y = (a.x / det) * (vec2f(v.y, v.z) - b.z);
        let between = vec2f(min(x.x, x.y) + min(y.x, y.y), max(x.x, x.y) + max(y.x, y.y));
        ps = clamp(vec2f(floor(between.x) - 1.0, ceil(between.y) + 2.0), vec2f(0.0), vec2f(ps.y));
      }
      for (var p = ps.x; p < ps.y; p += 1.0) {
        let start = vec2f(a.y * p + a.z, b.y * p + b.z);
        let qs = steps(a.x, start.x, u, sizes.Q);
        let rs = steps(b.x, start.y, v, sizes.Q);
        let end = min(qs.y, rs.y);
        for (var q = max(qs.x, rs.x); q < end; q += 1.0) {
          let place = clamp(vec2f(a.x * q + a.y * p + a.z, b.x * q + b.y * p + b.z), vec2f(-1e6), vec2f(1e6));
          let share = weight(place.x, w, sizes.W, u.x, i) * weight(place.y, h, sizes.H, v.x, j);
          if (share == 0.0) { continue; }
          let at = vec4u(((n * sizes.P + u32(p)) * sizes.Q + u32(q)) * C) + c;
          sum += share * vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
        }
      }
    }
  }
  let to = pixel * C + k;
  dx[to] = sum.x;
  if (k + CG < C) { dx[to + CG] = sum.y; }
  if (k + 2u * CG < C) { dx[to + 2u * CG] = sum.z; }
  if (k + 3u * CG < C) { dx[to + 3u * CG] = sum.w; }
}
