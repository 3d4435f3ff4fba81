// resizeNearestGrad: the sum of dy over the output pixels whose centres lie in a pixel. One thread: one pixel of dx, four channels CG apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // dx
  W: u32,
  C: u32,
  P: u32, // dy
  Q: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let H = sizes.H;
  let W = sizes.W;
  let P = sizes.P;
  let Q = sizes.Q;
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let row = pixel / W;
  let w = pixel - row * W;
  let n = row / H;
  let h = row - n * H;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  // The first p with (2p + 1) * H >= 2P * h, and that of the next pixel.
  let pBegin = (2u * P * h + H - 1u) / (2u * H);
  let pEnd = (2u * P * (h + 1u) + H - 1u) / (2u * H);
  let qBegin = (2u * Q * w + W - 1u) / (2u * W);
  let qEnd = (2u * Q * (w + 1u) + W - 1u) / (2u * W);
  var sum = vec4f(0.0);
  for (var p = pBegin; p < pEnd; p++) {
    var at = vec4u(((n * P + p) * Q + qBegin) * C) + c;
    for (var q = qBegin; q < qEnd; q++) {
      sum += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
      at += vec4u(C);
    }
  }
  let to = pixel * C + k;
  dx[to] = sum.x;
  if (k + CG < C) { dx[to + CG] = sum.y; }
  if (k + 2u * CG < C) { dx[to + 2u * CG] = sum.z; }
  if (k + 3u * CG < C) { dx[to + 3u * CG] = sum.w; }
}
