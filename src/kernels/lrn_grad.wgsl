// lrnGrad: the terms dy * x / s^(beta + 1), s = bias + alpha * sum of x^2 over channels c - radius ... c + radius; or, where these are given, dx =
// dy / s^beta - 2 * alpha * beta * x * (sum of terms over the same channels). One thread: four channels of a pixel, as in lrn.wgsl.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  C: u32, // channels
  CG: u32, // ceil(C / 4)
  radius: u32,
  threads: u32,
  given: u32, // 1: the terms are
  bias: f32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> terms: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let pixel = t / sizes.CG;
  let k = 4u * (t - pixel * sizes.CG);
  let first = pixel * C;
  let radius = sizes.radius;
  let places = vec4u(0u, 1u, 2u, 3u);
  let given = sizes.given != 0u;
  var sums = vec4f(0.0);
  var totals = vec4f(0.0);
  for (var j = 0u; j < 2u * radius + 4u; j++) {
    let c = k + j - radius; // wraps before the first channel, and is then no smaller than C
    let seen = first + min(c, C - 1u);
    let near = vec4u(j) - places <= vec4u(2u * radius); // wraps before the window, too
    let v = select(0.0, x[seen], c < C);
    sums += select(vec4f(0.0), vec4f(v * v), near);
    if (given) { totals += select(vec4f(0.0), vec4f(select(0.0, terms[seen], c < C)), near); }
  }
  let at = first + min(k + places, vec4u(C - 1u)); // past the last channel: read it again, store nothing
  let own = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
  let d = vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
  let s = sizes.bias + sizes.alpha * sums;
  let power = exp2(-sizes.beta * log2(s));
  var value = d * own * power / s;
  if (given) { value = d * power - 2.0 * sizes.alpha * sizes.beta * own * totals; }
  dx[at.x] = value.x;
  if (k + 1u < C) { dx[at.y] = value.y; }
  if (k + 2u < C) { dx[at.z] = value.z; }
  if (k + 3u < C) { dx[at.w] = value.w; }
}
