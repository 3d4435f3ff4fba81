// resizeBilinearGrad: the sum of dy over the output pixels that read a pixel, each times the weight that it was read with. One thread: one
// pixel of dx, four channels CG apart. Source positions are fractions as in resize_bilinear.wgsl.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // dx
  W: u32,
  C: u32,
  P: u32, // dy
  Q: u32,
  stepH: i32,
  offsetH: i32,
  denH: u32,
  stepW: i32,
  offsetW: i32,
  denW: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// The first output index whose source position is no less than place / den.
fn firstAt(place: i32, step: i32, offset: i32) -> u32 {
  return u32(max(place - offset + step - 1, 0)) / u32(step);
}

// The weight of input index i, of `size`, in output index o. The last one is read for what lies behind it, too.
fn weight(o: u32, i: u32, size: u32, step: i32, offset: i32, den: u32) -> f32 {
  let distance = max(i32(o) * step + offset, 0) - i32(i * den);
  if (distance > 0 && i + 1u == size) { return 1.0; }
  return f32(i32(den) - abs(distance)) / f32(den);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let H = sizes.H;
  let W = sizes.W;
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let row = pixel / W;
  let w = pixel - row * W;
  let n = row / H;
  let h = row - n * H;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  // Output pixels whose positions are less than one pixel away.
  let denH = i32(sizes.denH);
  let denW = i32(sizes.denW);
  let pBegin = firstAt((i32(h) - 1) * denH + 1, sizes.stepH, sizes.offsetH);
  let pEnd = min(firstAt((i32(h) + 1) * denH, sizes.stepH, sizes.offsetH), sizes.P);
  let qBegin = firstAt((i32(w) - 1) * denW + 1, sizes.stepW, sizes.offsetW);
  let qEnd = min(firstAt((i32(w) + 1) * denW, sizes.stepW, sizes.offsetW), sizes.Q);
  var sum = vec4f(0.0);
  for (var p = pBegin; p < pEnd; p++) {
    var line = vec4f(0.0);
    var at = vec4u(((n * sizes.P + p) * sizes.Q + qBegin) * C) + c;
    for (var q = qBegin; q < qEnd; q++) {
      line += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]) * weight(q, w, W, sizes.stepW, sizes.offsetW, sizes.denW);
      at += vec4u(C);
    }
    sum += line * weight(p, h, H, sizes.stepH, sizes.offsetH, sizes.denH);
  }
  let to = pixel * C + k;
  dx[to] = sum.x;
  if (k + CG < C) { dx[to + CG] = sum.y; }
  if (k + 2u * CG < C) { dx[to + 2u * CG] = sum.z; }
  if (k + 3u * CG < C) { dx[to + 3u * CG] = sum.w; }
}
