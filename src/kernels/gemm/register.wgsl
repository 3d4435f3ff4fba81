// The forward product of a convolution without barriers: a thread keeps a tile of outputs in registers, TILE_H x TILE_W pixels of TILE_K
// channel vectors. A workgroup's lanes lie along the channels only, so what they read of a = x is the same for all of them; b = w.
//
// This file is the tile of one pixel and one vector. register.ts writes larger ones out of it by repeating every line that
// names i0 (row of the tile), j0 (column), k0 (vector), s0 (filter column) or c0 (input column), since the compilers of software
// adapters neither unroll loops nor keep indexed arrays in registers.
const S: u32 = 1u;
const TILE_H: u32 = 1u;
const TILE_W: u32 = 1u;
const TILE_K: u32 = 1u;
const LANES: u32 = 8u; // of a workgroup, along the channels
const UNPADDED: bool = true; // no output needs a zero

alias Vec = vec4f; // f32 where a group's channels are not whole vectors
alias VecBits = vec4u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // batch
  H: u32, // input
  W: u32,
  C: u32,
  R: u32, // filter
  P: u32, // output
  Q: u32,
  Cg: u32, // input channels of one group
  KV: u32, // output channels, in vectors
  KgV: u32, // output channels of one group, in vectors
  strideH: u32,
  strideW: u32,
  padTop: i32,
  padLeft: i32,
  tilesP: u32, // tiles of one image
  tilesQ: u32,
  groups: u32, // workgroups
  begin: u32, // first channel of x
  dilationH: u32,
  yRow: u32, // vectors from a pixel of y to the next
  yBegin: u32, // first of y's
  scaled: u32, // 1: the sum is multiplied by scale, and so on
  biased: u32,
  added: u32,
  relu: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<Vec>;
@group(0) @binding(2) var<storage, read> bias: array<Vec>;
@group(0) @binding(3) var<storage, read> residual: array<Vec>;
@group(0) @binding(4) var<storage, read> scale: array<Vec>;
@group(0) @binding(5) var<storage, read_write> y: array<Vec>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

// max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
fn activate(v: Vec) -> Vec { return select(v, Vec(0.0), bitcast<VecBits>(v) - VecBits(0x80000000u) < VecBits(sizes.relu * 0x7f800001u)); }

// The sum as it becomes an element of y; `at` is the residual's, `column` its column of all.
fn epilogue(sum: Vec, at: u32, column: u32) -> Vec {
  var v = sum;
  if (sizes.scaled != 0u) { v *= scale[column]; }
  if (sizes.biased != 0u) { v += bias[column]; }
  if (sizes.added != 0u) { v += residual[at]; }
  return activate(v);
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= sizes.groups) { return; }
  let tiles = sizes.tilesP * sizes.tilesQ;
  let image = group / tiles;
  let tile = group % tiles;
  let n = image % sizes.N;
  let p0 = tile / sizes.tilesQ * TILE_H;
  let q0 = tile % sizes.tilesQ * TILE_W;
  let first = image / sizes.N * LANES * TILE_K + lane;
  let kv_k0 = min(first + 0u/*k*/ * LANES, sizes.KV - 1u);
  let channel = min(first, sizes.KV - 1u) / sizes.KgV * sizes.Cg + sizes.begin;

  let v_c0 = i32(q0 * sizes.strideW) + 0i/*c*/ - sizes.padLeft;
  let col_c0 = u32(clamp(v_c0, 0i, i32(sizes.W) - 1i)) * sizes.C + channel;
  let in_c0 = (v_c0 >= 0i) & (v_c0 < i32(sizes.W));
  var sum_i0_j0_k0 = Vec(0.0);
  // No compiler takes what does not change out of a loop, or even a uniform: it is done here.
  // Mesa's compiler, which sees through constants, does not see through these: a loop over 7 taps and 3 channels that it writes out runs half as fast.
  let taps = select(sizes.R, 0u, group >= sizes.groups);
  let depth = select(sizes.Cg, 0u, group >= sizes.groups);
  let rowB = sizes.KV;
  let rowA = sizes.W * sizes.C;
  for (var dr = 0u; dr < taps; dr++) {
    let h_i0 = i32((p0 + 0u/*i*/) * sizes.strideH + dr * sizes.dilationH) - sizes.padTop;
    let row_i0 = (n * sizes.H + u32(clamp(h_i0, 0i, i32(sizes.H) - 1i))) * rowA;
    let ok_i0_c0 = in_c0 & (h_i0 >= 0i) & (h_i0 < i32(sizes.H));
    let at_i0_c0 = row_i0 + col_c0;
    var tap_s0_k0 = (dr * S + 0u/*s*/) * depth * rowB + kv_k0;
    for (var c = 0u; c < depth; c++) {
      let x_i0_c0 = select(0.0, a[at_i0_c0 + c], UNPADDED | ok_i0_c0);
      let w_s0_k0 = b[tap_s0_k0];
      tap_s0_k0 += rowB;
      sum_i0_j0_k0 = fma(Vec(x_i0_c0), w_s0_k0, sum_i0_j0_k0);
    }
  }
  // One store, in a loop whose bounds no compiler sees through (it does min): written out, or unrolled by a compiler, the stores
  // alone would take longer to compile than all the rest.
  var sums: array<Vec, TILE_H * TILE_W * TILE_K>;
  sums[(0u/*i*/ * TILE_W + 0u/*j*/) * TILE_K + 0u/*k*/] = sum_i0_j0_k0;
  let rows = select(TILE_H, sizes.P - p0, p0 + TILE_H > sizes.P);
  let columns = select(TILE_W, sizes.Q - q0, q0 + TILE_W > sizes.Q);
  let left = sizes.KV - min(first, sizes.KV);
  let vectors = select(TILE_K, (left + LANES - 1u) / LANES, left < TILE_K * LANES);
  for (var i = 0u; i < rows; i++) {
    for (var j = 0u; j < columns; j++) {
      let pixel = (n * sizes.P + p0 + i) * sizes.Q + q0 + j;
      for (var k = 0u; k < vectors; k++) {
        let kv = first + k * LANES;
        y[pixel * sizes.yRow + sizes.yBegin + kv] = epilogue(sums[(i * TILE_W + j) * TILE_K + k], pixel * sizes.KV + kv, kv);
      }
    }
  }
}
