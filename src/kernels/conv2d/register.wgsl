// conv2d without barriers: a thread keeps a tile of outputs in registers, TILE_H x TILE_W pixels of TILE_K channel vectors.
// A workgroup's lanes lie along the channels only, so what they read of x is the same for all of them.
//
// This file is the tile of one pixel and one vector. conv2d.register.ts writes larger ones out of it by repeating every line that
// names i0 (row of the tile), j0 (column), k0 (vector), s0 (filter column) or c0 (input column), since the compilers of software
// adapters neither unroll loops nor keep indexed arrays in registers.
const N: u32 = 1u; // batch
const H: u32 = 8u; // input
const W: u32 = 8u;
const C: u32 = 8u;
const R: u32 = 3u; // filter
const S: u32 = 1u;
const P: u32 = 6u; // output
const Q: u32 = 8u;
const CG: u32 = 8u; // input channels of one group
const KV: u32 = 2u; // output channels, in vectors
const KGV: u32 = 2u; // output channels of one group, in vectors
const STRIDE_H: u32 = 1u;
const STRIDE_W: u32 = 1u;
const PAD_TOP: i32 = 0i;
const PAD_LEFT: i32 = 0i;
const TILE_H: u32 = 1u;
const TILE_W: u32 = 1u;
const TILE_K: u32 = 1u;
const LANES: u32 = 8u; // of a workgroup, along the channels
const TILES_P: u32 = 6u; // tiles of one image
const TILES_Q: u32 = 8u;
const GROUPS: u32 = 48u; // workgroups
const UNPADDED: bool = true; // no output needs a zero
const HAS_BIAS: bool = false;
const HAS_RESIDUAL: bool = false;
const RELU: bool = false;

alias Vec = vec4f; // f32 where a group's channels are not whole vectors
alias VecBits = vec4u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<Vec>;
@group(0) @binding(2) var<storage, read> b: array<Vec>;
@group(0) @binding(3) var<storage, read> r: array<Vec>;
@group(0) @binding(4) var<storage, read_write> y: array<Vec>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn finish(sum: Vec, at: u32) {
  var v = sum;
  if (HAS_RESIDUAL) { v += r[at]; }
  // max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
  if (RELU) { v = select(v, Vec(0.0), bitcast<VecBits>(v) - VecBits(0x80000000u) <= VecBits(0x7f800000u)); }
  y[at] = v;
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= GROUPS) { return; }
  let tiles = TILES_P * TILES_Q;
  let image = group / tiles;
  let tile = group % tiles;
  let n = image % N;
  let p0 = tile / TILES_Q * TILE_H;
  let q0 = tile % TILES_Q * TILE_W;
  let first = image / N * LANES * TILE_K + lane;
  let kv_k0 = min(first + 0u/*k*/ * LANES, KV - 1u);
  let channel = min(first, KV - 1u) / KGV * CG;

  let v_c0 = i32(q0 * STRIDE_W) + 0i/*c*/ - PAD_LEFT;
  let col_c0 = u32(clamp(v_c0, 0i, i32(W) - 1i)) * C + channel;
  let in_c0 = (v_c0 >= 0i) & (v_c0 < i32(W));
  var start_k0 = Vec(0.0);
  if (HAS_BIAS) { start_k0 = b[kv_k0]; }
  var sum_i0_j0_k0 = start_k0;
  let taps = select(R, 0u, group >= GROUPS);
  let depth = select(CG, 0u, group >= GROUPS);
  for (var dr = 0u; dr < taps; dr++) {
    let h_i0 = i32((p0 + 0u/*i*/) * STRIDE_H + dr) - PAD_TOP;
    let row_i0 = (n * H + u32(clamp(h_i0, 0i, i32(H) - 1i))) * (W * C);
    let ok_i0_c0 = in_c0 & (h_i0 >= 0i) & (h_i0 < i32(H));
    let at_i0_c0 = row_i0 + col_c0;
    let tap = dr * S * CG * KV;
    for (var c = 0u; c < depth; c++) {
      let x_i0_c0 = select(0.0, x[at_i0_c0 + c], UNPADDED | ok_i0_c0);
      let w_s0_k0 = w[tap + (0u/*s*/ * CG + c) * KV + kv_k0];
      sum_i0_j0_k0 = fma(Vec(x_i0_c0), w_s0_k0, sum_i0_j0_k0);
    }
  }
  // One store, in a loop whose bounds no compiler sees through (it does min): written out, or unrolled by a compiler, the stores
  // alone would take longer to compile than all the rest.
  var sums: array<Vec, TILE_H * TILE_W * TILE_K>;
  sums[(0u/*i*/ * TILE_W + 0u/*j*/) * TILE_K + 0u/*k*/] = sum_i0_j0_k0;
  let rows = select(TILE_H, P - p0, p0 + TILE_H > P);
  let columns = select(TILE_W, Q - q0, q0 + TILE_W > Q);
  let left = KV - min(first, KV);
  let vectors = select(TILE_K, (left + LANES - 1u) / LANES, left < TILE_K * LANES);
  for (var i = 0u; i < rows; i++) {
    for (var j = 0u; j < columns; j++) {
      let at = ((n * P + p0 + i) * Q + q0 + j) * KV + first;
      for (var k = 0u; k < vectors; k++) { finish(sums[(i * TILE_W + j) * TILE_K + k], at + k * LANES); }
    }
  }
}
