// depthwiseConv2d: every channel has filters of its own. One thread: four output columns of one channel vector; the vectors lie side by
// side along the channels, so that a workgroup reads and writes whole rows of channels.
//
// This file computes one column with a filter of one column. depthwise_conv2d.ts writes more out of it by repeating the lines that name
// j0 (column of the tile), s0 (filter column) or c0 (input column), so that every input is read once for all columns that it goes into.
const H: u32 = 8u; // input
const W: u32 = 8u;
const R: u32 = 3u; // filter
const S: u32 = 1u;
const P: u32 = 8u; // output
const Q: u32 = 8u;
const KV: u32 = 2u; // output channels, in vectors
const CV: u32 = 2u; // input channels, in vectors
const M: u32 = 1u; // output channels of one input channel; 1 where vectors are whole
const STRIDE_H: u32 = 1u;
const STRIDE_W: u32 = 1u;
const PAD_TOP: i32 = 1i;
const PAD_LEFT: i32 = 1i;
const TILE: u32 = 1u; // columns of a thread
const TILES: u32 = 8u; // ceil(Q / TILE)
const THREADS: u32 = 128u;
const HAS_BIAS: bool = false;
const HAS_RESIDUAL: bool = false;

alias Vec = vec4f; // f32 where channels are not whole vectors
alias VecBits = vec4u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> w: array<Vec>;
@group(0) @binding(2) var<storage, read> b: array<Vec>;
@group(0) @binding(3) var<storage, read> r: array<Vec>;
@group(0) @binding(4) var<storage, read_write> y: array<Vec>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

// The activation takes its place.
fn activate(v: Vec) -> Vec { return v; }

fn finish(sum: Vec, at: u32) {
  var v = sum;
  if (HAS_RESIDUAL) { v += r[at]; }
  y[at] = activate(v);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let k = t % KV;
  let tile = t / KV;
  let q = tile % TILES * TILE;
  let p = tile / TILES % P;
  let n = tile / (TILES * P);
  var start = Vec(0.0);
  if (HAS_BIAS) { start = b[k]; }
  var sum_j0 = start;
  let v_c0 = i32(q * STRIDE_W) + 0i/*c*/ - PAD_LEFT;
  let in_c0 = (v_c0 >= 0i) & (v_c0 < i32(W));
  let at_c0 = u32(clamp(v_c0, 0i, i32(W) - 1i)) * CV + k / M;
  for (var dr = 0u; dr < R; dr++) {
    let h = i32(p * STRIDE_H + dr) - PAD_TOP;
    if (h >= 0i && h < i32(H)) {
      let row = (n * H + u32(h)) * W * CV;
      let x_c0 = select(Vec(0.0), x[row + at_c0], in_c0);
      let w_s0 = w[(dr * S + 0u/*s*/) * KV + k];
      sum_j0 = fma(x_c0, w_s0, sum_j0);
    }
  }
  let to = ((n * P + p) * Q + q) * KV + k;
  if (q + 0u/*j*/ < Q) { finish(sum_j0, to + 0u/*j*/ * KV); }
}
