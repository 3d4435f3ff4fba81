// maxPool: the largest value of each window. One thread: one output pixel, four channels CG apart.
// Taps outside the image are moved to its edge: that pixel lies in the window too, so the maximum stays the same.
// max() may drop NaN, so the largest magnitude is kept as bits beside it; above 0x7f800000 it is a NaN, and wins.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // input
  W: u32,
  C: u32,
  P: u32, // output
  Q: u32,
  R: u32, // window
  S: u32,
  strideH: u32,
  strideW: u32,
  padTop: u32,
  padLeft: u32,
  CG: u32, // ceil(C / 4)
  yRow: u32, // channels from a pixel of y to the next
  yBegin: u32, // first of y's
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let row = pixel / sizes.Q;
  let q = pixel - row * sizes.Q;
  let n = row / sizes.P;
  let p = row - n * sizes.P;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  var lowest = vec4u(0xff800000u); // -Inf; a var, since a constant expression may not be infinite
  var best = bitcast<vec4f>(lowest);
  var magnitude = vec4u(0u);
  let rows = sizes.R;
  let columns = sizes.S;
  let image = n * sizes.H;
  let top = p * sizes.strideH;
  let left = q * sizes.strideW;
  let padTop = sizes.padTop;
  let padLeft = sizes.padLeft;
  let lastH = sizes.H - 1u;
  let lastW = sizes.W - 1u;
  let step = sizes.W * C;
  for (var r = 0u; r < rows; r++) {
    let h = min(max(top + r, padTop) - padTop, lastH);
    let line = (image + h) * step;
    for (var s = 0u; s < columns; s++) {
      let w = min(max(left + s, padLeft) - padLeft, lastW);
      let at = line + w * C;
      let bits = vec4u(x[at + c.x], x[at + c.y], x[at + c.z], x[at + c.w]);
      best = max(best, bitcast<vec4f>(bits));
      magnitude = max(magnitude, bits & vec4u(0x7fffffffu));
    }
  }
  let bits = select(bitcast<vec4u>(best), magnitude, magnitude > vec4u(0x7f800000u));
  let to = pixel * sizes.yRow + sizes.yBegin + k;
  y[to] = bits.x;
  if (k + CG < C) { y[to + CG] = bits.y; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = bits.z; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = bits.w; }
}
