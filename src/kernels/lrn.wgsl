// lrn: y = x / (bias + alpha * sum of x^2 over the channels c - radius ... c + radius) ^ beta. One thread: four channels of a pixel, so that what
// their sums share is read once, by all lanes in as many steps.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  C: u32, // channels
  CG: u32, // ceil(C / 4)
  radius: u32,
  threads: u32,
  bias: f32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

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
  var sums = vec4f(0.0);
  for (var j = 0u; j < 2u * radius + 4u; j++) {
    let c = k + j - radius; // wraps before the first channel, and is then no smaller than C
    let v = select(0.0, x[first + min(c, C - 1u)], c < C);
    sums += select(vec4f(0.0), vec4f(v * v), vec4u(j) - places <= vec4u(2u * radius)); // wraps before the window, too
  }
  let at = first + min(k + places, vec4u(C - 1u)); // past the last channel: read it again, store nothing
  let value = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]) * exp2(-sizes.beta * log2(sizes.bias + sizes.alpha * sums));
  y[at.x] = value.x;
  if (k + 1u < C) { y[at.y] = value.y; }
  if (k + 2u < C) { y[at.z] = value.z; }
  if (k + 3u < C) { y[at.w] = value.w; }
}
