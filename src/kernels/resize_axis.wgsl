// resizeAxis: along one axis, every element of y is a sum of neighbours in x, each times a weight. x is [outer,L,inner], y [outer,T,inner]; row i of taps
// is the first of the neighbours, and a weight for each. One thread: four elements of y, G apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  L: u32, // of x, along the axis
  T: u32, // of y
  inner: u32, // elements behind the axis
  G: u32, // ceil(inner / 4)
  stride: u32, // of taps
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> taps: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let G = sizes.G;
  let inner = sizes.inner;
  let line = t / G;
  let k = t - line * G;
  let n = line / sizes.T;
  let row = (line - n * sizes.T) * sizes.stride;
  let c = min(vec4u(k, k + G, k + 2u * G, k + 3u * G), vec4u(inner - 1u)); // past the last: read it again, store nothing
  var at = vec4u((n * sizes.L + u32(taps[row])) * inner) + c;
  var sum = vec4f(0.0);
  for (var s = 1u; s < sizes.stride; s++) {
    sum += taps[row + s] * vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
    at += vec4u(inner);
  }
  let to = line * inner + k;
  y[to] = sum.x;
  if (k + G < inner) { y[to + G] = sum.y; }
  if (k + 2u * G < inner) { y[to + 2u * G] = sum.z; }
  if (k + 3u * G < inner) { y[to + 3u * G] = sum.w; }
}
