// poolGrad: the sum over the windows that hold a pixel, from the last to the first, of dy where the pixel is the window's maximum; or, where maxima
// are not noted, of dy / (pixels of the window in the image). One thread: one pixel of dx, four channels CG apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // dx
  W: u32,
  C: u32,
  P: u32, // dy
  Q: u32,
  R: u32, // window
  S: u32,
  strideH: u32,
  strideW: u32,
  padTop: u32,
  padLeft: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
  noted: u32, // 1: which element of each window is its maximum
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> argmax: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// How many of the places from `at` on lie in the image, of which `size` come behind `before` of padding.
fn inside(at: u32, window: u32, before: u32, size: u32) -> u32 {
  return min(at + window, before + size) - max(at, before);
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
  let w = pixel - row * sizes.W + sizes.padLeft;
  let n = row / sizes.H;
  let h = row - n * sizes.H + sizes.padTop;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  let strideH = sizes.strideH;
  let strideW = sizes.strideW;
  let rows = sizes.R;
  let columns = sizes.S;
  // The last window that begins no later, and which of its elements this is: from R or S on, none.
  var p = min(h / strideH, sizes.P - 1u);
  let qLast = min(w / strideW, sizes.Q - 1u);
  let sFirst = w - qLast * strideW;
  var sum = vec4f(0.0);
  for (var r = h - p * strideH; r < rows; r += strideH) {
    let height = inside(h - r, rows, sizes.padTop, sizes.H);
    var window = (n * sizes.P + p) * sizes.Q + qLast;
    var q = qLast;
    for (var s = sFirst; s < columns; s += strideW) {
      let at = vec4u(window * C) + c;
      let d = vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
      if (sizes.noted != 0u) {
        let places = (vec4u(argmax[window * CG + k]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u);
        sum += select(vec4f(0.0), d, places == vec4u(r * columns + s));
      } else {
        sum += d / f32(height * inside(w - s, columns, sizes.padLeft, sizes.W));
      }
      if (q == 0u) { break; }
      q--;
      window--;
    }
    if (p == 0u) { break; }
    p--;
  }
  let to = pixel * C + k;
  dx[to] = sum.x;
  if (k + CG < C) { dx[to + CG] = sum.y; }
  if (k + 2u * CG < C) { dx[to + 2u * CG] = sum.z; }
  if (k + 3u * CG < C) { dx[to + 3u * CG] = sum.w; }
}
