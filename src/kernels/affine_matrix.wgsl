// affineMatrix: from drawn numbers x [N,D] to (a0, a1, a2, b0, b1, b2), what a pixel of the output is read at: column a0 * q + a1 * p + a2, row
// b0 * q + b1 * p + b2. One sample a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  kind: u32, // 0 flip, 1 rotation, 2 zoom, 3 translation, 4 shear, 5 crop, 6 generator
  D: u32,
  flipX: u32, // whether a flip is one of columns, of rows
  flipY: u32,
  H: f32, // input
  W: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// cos and sin of so many turns, by quarters and Taylor's series: WGSL promises 11 bits of its own.
fn turned(turns: f32) -> vec2f {
  let quarter = round(4.0 * turns);
  let r = (4.0 * turns - quarter) * 1.57079632679;
  let s = r * r;
  let c = 1.0 - s * (0.5 - s * (1.0 / 24.0 - s * (1.0 / 720.0 - s / 40320.0)));
  let d = r * (1.0 - s * (1.0 / 6.0 - s * (1.0 / 120.0 - s * (1.0 / 5040.0 - s / 362880.0))));
  let odd = (i32(quarter) & 1) != 0;
  let sign = select(1.0, -1.0, (i32(quarter) & 2) != 0);
  return sign * select(vec2f(c, d), vec2f(-d, c), odd);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (n >= arrayLength(&y) / 6u) { return; }
  let at = n * sizes.D;
  let u = x[at];
  let v = x[at + min(1u, sizes.D - 1u)];
  let w = x[at + min(2u, sizes.D - 1u)];
  let last = vec2f(sizes.W, sizes.H) - 1.0;
  var a = vec3f(1.0, 0.0, 0.0);
  var b = vec3f(0.0, 1.0, 0.0);
  switch (sizes.kind) {
    case 0u: {
      if (u <= 0.5 && sizes.flipX != 0u) { a = vec3f(-1.0, 0.0, last.x); }
      if (u <= 0.5 && sizes.flipY != 0u) { b = vec3f(0.0, -1.0, last.y); }
    }
    case 1u: {
      let c = turned(u);
      let centre = 0.5 * last;
      a = vec3f(c.x, -c.y, centre.x - centre.x * c.x + centre.y * c.y);
      b = vec3f(c.y, c.x, centre.y - centre.x * c.y - centre.y * c.x);
    }
    case 2u: {
      a = vec3f(v, 0.0, 0.5 * last.x * (1.0 - v));
      b = vec3f(0.0, u, 0.5 * last.y * (1.0 - u));
    }
    case 3u: {
      a.z = -v * sizes.W;
      b.z = -u * sizes.H;
    }
    case 4u: {
      let sign = select(1.0, -1.0, u > 0.5);
      a.y = sign * w;
      b.x = sign * v;
    }
    case 5u: {
      a.z = floor(v);
      b.z = floor(u);
    }
    default: {
      let r = turned(u);
      let s = turned(x[at + 3u]);
      let zoom = vec2f(x[at + 4u], x[at + 5u]);
      a = vec3f(r.x * zoom.x, -(r.x * s.y + r.y * s.x) * zoom.y, r.x * v - r.y * w);
      b = vec3f(r.y * zoom.x, (r.x * s.x - r.y * s.y) * zoom.y, r.y * v + r.x * w);
      let centre = 0.5 * last.yx; // as Keras has it: halves of height and width, in this order
      a.z += centre.x - dot(a.xy, centre);
      b.z += centre.y - dot(b.xy, centre);
    }
  }
  let to = 6u * n;
  y[to] = a.x;
  y[to + 1u] = a.y;
  y[to + 2u] = a.z;
  y[to + 3u] = b.x;
  y[to + 4u] = b.y;
  y[to + 5u] = b.z;
}
