// depthwiseConv2dGradW: dw = sum over pixels of dy times what the tap meets. One thread: one row of the filter of one channel vector, over some
// lines of the output; tile by tile of a line, and of each tile all its lines, so that what differs along a line is found once.
//
// This file computes one column with a filter of one column. grad_w.ts writes more out of it by repeating the lines that name j0 (column of
// the tile), s0 (filter column) or c0 (input column), so that every input is read once for all products that it goes into.
const S: u32 = 1u; // columns of the filter
const TILE: u32 = 1u; // output columns of a step

alias Vec = vec4f; // f32 where channels are not whole vectors

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
  all: u32, // lines of the output, N * P
  lines: u32, // of a sum
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dw: array<Vec>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let KV = sizes.KV;
  let row = t / KV;
  let k = t - row * KV;
  let part = row / sizes.R;
  let dr = row - part * sizes.R;
  let H = i32(sizes.H);
  let W = i32(sizes.W);
  let CV = sizes.CV;
  let channel = k / sizes.M;
  let begin = part * sizes.lines;
  let end = min(begin + sizes.lines, sizes.all);
  let firstImage = begin / sizes.P;
  let firstTop = i32((begin - firstImage * sizes.P) * sizes.strideH + dr * sizes.dilationH) - sizes.padTop;
  let above = i32(dr * sizes.dilationH) - sizes.padTop; // of an image's first line
  let last = above + i32((sizes.P - 1u) * sizes.strideH);
  let step = sizes.W * CV;
  let line = sizes.Q * KV;
  var sum_s0 = Vec(0.0);
  for (var tile = 0u; tile < sizes.tiles; tile++) {
    let q = tile * TILE;
    let left = i32(q * sizes.strideW) - sizes.padLeft;
    let v_c0 = left + 0i/*c*/;
    let at_c0 = u32(clamp(v_c0, 0i, W - 1i)) * CV + channel;
    let is_j0 = q + 0u/*j*/ < sizes.Q;
    // Columns that no output sees, through any column of the filter, may hold anything.
    var in_c0 = false;
    in_c0 = in_c0 | (is_j0 & (0u/*s*/ < S));
    in_c0 = in_c0 & (v_c0 >= 0i) & (v_c0 < W);
    let from_j0 = min(q + 0u/*j*/, sizes.Q - 1u) * KV + k;
    var image = firstImage * sizes.H;
    var h = firstTop;
    for (var p = begin; p < end; p++) {
      if (h >= 0i && h < H) {
        let to = (image + u32(h)) * step;
        let at = p * line;
        let x_c0 = select(Vec(0.0), x[to + at_c0], in_c0);
        let d_j0 = select(Vec(0.0), dy[at + from_j0], is_j0);
        sum_s0 = fma(x_c0, d_j0, sum_s0);
      }
      if (h == last) {
        h = above;
        image += sizes.H;
      } else {
        h += i32(sizes.strideH);
      }
    }
  }
  dw[(row * S + 0u/*s*/) * KV + k] = sum_s0;
}
