// maxPool: the largest value of each window. One thread: one output pixel, four channels CG apart.
// Taps outside the image are moved to its edge: that pixel lies in the window too, so the maximum stays the same.
// max() may drop NaN, so the largest magnitude is kept as bits beside it; above 0x7f800000 it is a NaN, and wins.
const H: u32 = 8u; // input
const W: u32 = 8u;
const C: u32 = 4u;
const P: u32 = 4u; // output
const Q: u32 = 4u;
const R: u32 = 2u; // window
const S: u32 = 2u;
const STRIDE_H: u32 = 2u;
const STRIDE_W: u32 = 2u;
const TOP: u32 = 0u; // padding
const LEFT: u32 = 0u;
const CG: u32 = 1u; // ceil(C / 4)
const THREADS: u32 = 16u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let k = t % CG;
  let pixel = t / CG;
  let p = (pixel / Q) % P;
  let q = pixel % Q;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  let image = pixel / (P * Q) * H;
  var lowest = vec4u(0xff800000u); // -Inf; a var, since a constant expression may not be infinite
  var best = bitcast<vec4f>(lowest);
  var magnitude = vec4u(0u);
  // Counts that no compiler sees through: a loop over the window that is written out compiles several times longer.
  let rows = select(R, 0u, t >= THREADS);
  let columns = select(S, 0u, t >= THREADS);
  for (var r = 0u; r < rows; r++) {
    let h = min(max(p * STRIDE_H + r, TOP) - TOP, H - 1u);
    let row = (image + h) * W;
    for (var s = 0u; s < columns; s++) {
      let w = min(max(q * STRIDE_W + s, LEFT) - LEFT, W - 1u);
      let at = (row + w) * C;
      let bits = vec4u(x[at + c.x], x[at + c.y], x[at + c.z], x[at + c.w]);
      best = max(best, bitcast<vec4f>(bits));
      magnitude = max(magnitude, bits & vec4u(0x7fffffffu));
    }
  }
  let bits = select(bitcast<vec4u>(best), magnitude, magnitude > vec4u(0x7f800000u));
  let to = pixel * C + k;
  y[to] = bits.x;
  if (k + CG < C) { y[to + CG] = bits.y; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = bits.z; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = bits.w; }
}
