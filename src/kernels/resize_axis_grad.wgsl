// resizeAxisGrad: every element of dx is the sum of those of dy that it was a neighbour of, each times the weight that it had. dy is [outer,T,inner], dx
// [outer,L,inner]; taps as in resizeAxis. One thread: four elements of dx, G apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  L: u32, // of dx, along the axis
  T: u32, // of dy
  inner: u32, // elements behind the axis
  G: u32, // ceil(inner / 4)
  stride: u32, // of taps
  threads: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> taps: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn startOf(row: u32) -> u32 {
  return u32(taps[row * sizes.stride]);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let G = sizes.G;
  let T = sizes.T;
  let inner = sizes.inner;
  let line = t / G;
  let k = t - line * G;
  let n = line / sizes.L;
  let i = line - n * sizes.L;
  let c = min(vec4u(k, k + G, k + 2u * G, k + 3u * G), vec4u(inner - 1u)); // past the last: read it again, store nothing
  // Starts never fall from row to row: the first row whose neighbours reach i, by halving.
  var first = 0u;
  var end = T;
  while (first < end) {
    let middle = (first + end) / 2u;
    if (startOf(middle) + sizes.stride - 1u > i) { end = middle; } else { first = middle + 1u; }
  }
  var sum = vec4f(0.0);
  for (var row = first; row < T; row++) {
    let start = startOf(row);
    if (start > i) { break; }
    let at = vec4u((n * T + row) * inner) + c;
    sum += taps[row * sizes.stride + 1u + i - start] * vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
  }
  let to = line * inner + k;
  dx[to] = sum.x;
  if (k + G < inner) { dx[to + G] = sum.y; }
  if (k + 2u * G < inner) { dx[to + 2u * G] = sum.z; }
  if (k + 3u * G < inner) { dx[to + 3u * G] = sum.w; }
}
