// resizeBilinear. One thread: one output pixel, four channels CG apart. The source position of output index o is the fraction
// max(o * STEP + OFFSET, 0) / DEN: whole part and remainder are exact integers, so that no rounding moves a sample.
const H: u32 = 8u; // input
const W: u32 = 8u;
const C: u32 = 4u;
const P: u32 = 16u; // output
const Q: u32 = 16u;
const STEP_H: i32 = 16i;
const OFFSET_H: i32 = -8i;
const DEN_H: i32 = 32i;
const STEP_W: i32 = 16i;
const OFFSET_W: i32 = -8i;
const DEN_W: i32 = 32i;
const CG: u32 = 1u; // ceil(C / 4)
const THREADS: u32 = 256u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let k = t % CG;
  let pixel = t / CG;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing

  let atH = max(i32((pixel / Q) % P) * STEP_H + OFFSET_H, 0);
  let atW = max(i32(pixel % Q) * STEP_W + OFFSET_W, 0);
  let fh = f32(atH % DEN_H) / f32(DEN_H);
  let fw = f32(atW % DEN_W) / f32(DEN_W);
  let h = u32(atH / DEN_H);
  let w = u32(atW / DEN_W);
  let row = pixel / (P * Q) * H;
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
