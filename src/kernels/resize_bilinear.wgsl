// resizeBilinear. One thread: one output pixel, four channels CG apart. The source position of output index o is the fraction
// max(o * step + offset, 0) / den: whole part and remainder are exact integers, so that no rounding moves a sample.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // input
  W: u32,
  C: u32,
  P: u32, // output
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

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

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
  let line = pixel / sizes.Q;
  let q = pixel - line * sizes.Q;
  let n = line / sizes.P;
  let p = line - n * sizes.P;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing

  let atH = u32(max(i32(p) * sizes.stepH + sizes.offsetH, 0));
  let atW = u32(max(i32(q) * sizes.stepW + sizes.offsetW, 0));
  let h = atH / sizes.denH;
  let w = atW / sizes.denW;
  let fh = f32(atH - h * sizes.denH) / f32(sizes.denH);
  let fw = f32(atW - w * sizes.denW) / f32(sizes.denW);
  let row = n * H;
  let above = (row + h) * W;
  let below = (row + min(h + 1u, H - 1u)) * W;
  let right = min(w + 1u, W - 1u);

  let a = vec4u((above + w) * C) + c;
  let b = vec4u((above + right) * C) + c;
  let d = vec4u((below + w) * C) + c;
  let e = vec4u((below + right) * C) + c;
  let xa = vec4f(x[a.x], x[a.y], x[a.z], x[a.w]);
  let xb = vec4f(x[b.x], x[b.y], x[b.z], x[b.w]);
  let xd = vec4f(x[d.x], x[d.y], x[d.z], x[d.w]);
  let xe = vec4f(x[e.x], x[e.y], x[e.z], x[e.w]);
  let top = xa + (xb - xa) * fw;
  let bottom = xd + (xe - xd) * fw;
  let value = top + (bottom - top) * fh;

  let to = pixel * C + k;
  y[to] = value.x;
  if (k + CG < C) { y[to + CG] = value.y; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = value.z; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = value.w; }
}
