// depthwiseConv2d: every channel has filters of its own. One thread: four output columns of one channel vector; the vectors lie side by
// side along the channels, so that a workgroup reads and writes whole rows of channels.
//
// This file computes one column with a filter of one column. depthwise_conv2d.ts writes more out of it by repeating the lines that name
// j0 (column of the tile), s0 (filter column) or c0 (input column), so that every input is read once for all columns that it goes into.
const S: u32 = 1u; // columns of the filter
const TILE: u32 = 1u; // output columns of a thread

alias Vec = vec4f; // f32 where channels are not whole vectors
alias VecBits = vec4u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // input
  W: u32,
  R: u32, // rows of the filter
  P: u32, // output
  Q: u32,
  KV: u32, // output channels, in vectors
  CV: u32, // input channels, in vectors
  M: u32, // output channels of one input channel; 1 where vectors are whole
  strideH: u32,
  strideW: u32,
  padTop: i32,
  padLeft: i32,
  dilationH: u32, // rows from a tap to the next
  tiles: u32, // ceil(Q / TILE)
  threads: u32,
  scaled: u32, // 1: the sum is multiplied by scale, and so on
  biased: u32,
  added: u32,
  relu: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> w: array<Vec>;
@group(0) @binding(2) var<storage, read> b: array<Vec>;
@group(0) @binding(3) var<storage, read> r: array<Vec>;
@group(0) @binding(4) var<storage, read> s: array<Vec>;
@group(0) @binding(5) var<storage, read_write> y: array<Vec>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

// max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
fn activate(v: Vec) -> Vec { return select(v, Vec(0.0), bitcast<VecBits>(v) - VecBits(0x80000000u) < VecBits(sizes.relu * 0x7f800001u)); }

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let KV = sizes.KV;
  let tile = t / KV;
  let k = t - tile * KV;
  let line = tile / sizes.tiles;
  let q = (tile - line * sizes.tiles) * TILE;
  let n = line / sizes.P;
  let p = line - n * sizes.P;
  var sum_j0 = Vec(0.0);
  let H = i32(sizes.H);
  let W = i32(sizes.W);
  let CV = sizes.CV;
  let channel = k / sizes.M;
  let left = i32(q * sizes.strideW) - sizes.padLeft;
  let top = i32(p * sizes.strideH) - sizes.padTop;
  let v_c0 = left + 0i/*c*/;
  let in_c0 = (v_c0 >= 0i) & (v_c0 < W);
  let at_c0 = u32(clamp(v_c0, 0i, W - 1i)) * CV + channel;
  let image = n * sizes.H;
  let step = sizes.W * CV;
  let rows = sizes.R;
  for (var dr = 0u; dr < rows; dr++) {
    let h = top + i32(dr * sizes.dilationH);
    if (h >= 0i && h < H) {
      let row = (image + u32(h)) * step;
      let x_c0 = select(Vec(0.0), x[row + at_c0], in_c0);
      let w_s0 = w[(dr * S + 0u/*s*/) * KV + k];
      sum_j0 = fma(x_c0, w_s0, sum_j0);
    }
  }
  var factor = Vec(1.0);
  var shift = Vec(0.0);
  if (sizes.scaled != 0u) { factor = s[k]; }
  if (sizes.biased != 0u) { shift = b[k]; }
  sum_j0 = fma(sum_j0, factor, shift);
  let Q = sizes.Q;
  let to_j0 = (line * Q + min(q + 0u/*j*/, Q - 1u)) * KV + k;
  if (sizes.added != 0u) {
    sum_j0 += r[to_j0];
  }
  if (q + 0u/*j*/ < Q) { y[to_j0] = activate(sum_j0); }
}
