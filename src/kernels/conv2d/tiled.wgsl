// conv2d as a matrix product: rows are output pixels, columns output channels, and the sum runs over filter taps and channels, in
// the order in which w lies in memory. x is not rearranged: a workgroup gathers its BM x BK block of it into workgroup memory,
// beside a BK x BN block of w. A thread keeps TM rows of TN vectors in registers. The next blocks are fetched into registers while
// the present ones are multiplied.
//
// This file is the tile of one row and one vector. conv2d.tiled.ts writes larger ones out of it by repeating every line that names
// an axis: i0 row, j0 vector, t0 one of the four steps of a vector of the sum, l0 load of x, m0 load of w; e0 and f0 are the
// elements of a vector where the channels of x or w are not whole vectors and are loaded one by one.
const N: u32 = 1u; // batch
const H: u32 = 8u; // input
const W: u32 = 8u;
const R: u32 = 3u; // filter
const S: u32 = 3u;
const P: u32 = 6u; // output
const Q: u32 = 6u;
const CG: u32 = 16u; // input channels of one group
const KV: u32 = 8u; // output channels, in elements of w
const KGV: u32 = 8u; // output channels of one group, in elements of w
const CVX: u32 = 4u; // C and CG in elements of x
const CGX: u32 = 4u;
const STRIDE_H: u32 = 1u;
const STRIDE_W: u32 = 1u;
const PAD_TOP: i32 = 0i;
const PAD_LEFT: i32 = 0i;
const GX: u32 = 8u; // threads of a workgroup along the channels and the pixels
const GY: u32 = 16u;
const TM: u32 = 1u; // rows of a thread
const TN: u32 = 1u; // vectors of a thread
const LX: u32 = 1u; // elements of x that make a vector, 1 or 4
const LW: u32 = 1u; // elements of w that make a vector, 1 or 4
const BLOCKS_M: u32 = 3u; // workgroups
const BLOCKS_N: u32 = 1u;
const GROUPS: u32 = 3u;
const HAS_BIAS: bool = false;
const HAS_RESIDUAL: bool = false;
const RELU: bool = false;

const M: u32 = N * P * Q;
const REDUCED: u32 = R * S * CG;
const BK: u32 = 16u; // depth of a block
const BKV: u32 = BK / 4u;
const STEPS: u32 = (REDUCED + BK - 1u) / BK;
const THREADS: u32 = GX * GY;
const BM: u32 = TM * GY;
const BNV: u32 = TN * GX;
const ROW: u32 = BKV + 1u; // one vector of padding keeps rows in different banks

alias VecX = vec4f; // f32 where the channels are not whole vectors
alias VecW = vec4f;
alias VecWBits = vec4u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<VecX>;
@group(0) @binding(1) var<storage, read> w: array<VecW>;
@group(0) @binding(2) var<storage, read> b: array<VecW>;
@group(0) @binding(3) var<storage, read> r: array<VecW>;
@group(0) @binding(4) var<storage, read_write> y: array<VecW>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> blockX: array<vec4f, BM * ROW>;
var<workgroup> blockW: array<vec4f, BK * BNV>;

// column: within the group, in elements of w.
fn finish(sum: VecW, row: u32, column: u32, group: u32) {
  if ((row >= M) | (column >= KGV)) { return; }
  let at = row * KV + group * KGV + column;
  var v = sum;
  if (HAS_RESIDUAL) { v += r[at]; }
  // max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
  if (RELU) { v = select(v, VecW(0.0), bitcast<VecWBits>(v) - VecWBits(0x80000000u) <= VecWBits(0x7f800000u)); }
  y[at] = v;
}

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * 65535u + wid.x + sizes.base;
  if (number >= GROUPS) { return; }
  let firstRow = number % BLOCKS_M * BM;
  let firstColumn = number / BLOCKS_M % BLOCKS_N * BNV * LW;
  let group = number / (BLOCKS_M * BLOCKS_N);

  // What this thread loads: vector lane % BKV of rows of x, and column lane % BNV of rows of w.
  let loadStep = lane % BKV;
  let rowX_l0 = lane / BKV + 0u/*l*/ * (THREADS / BKV);
  let pixel_l0 = firstRow + rowX_l0;
  let p_l0 = i32(pixel_l0 / Q % P * STRIDE_H) - PAD_TOP;
  let q_l0 = i32(pixel_l0 % Q * STRIDE_W) - PAD_LEFT;
  let image_l0 = i32(pixel_l0 / (P * Q) * H);
  let slotX_l0 = rowX_l0 * ROW + loadStep;
  let rowW_m0 = lane / BNV + 0u/*m*/ * (THREADS / BNV);
  let columnW_f0 = firstColumn + lane % BNV * LW + 0u/*f*/;
  let slotW_m0 = rowW_m0 * BNV + lane % BNV;
  var nextX_l0 = vec4f(0.0);
  var nextW_m0 = vec4f(0.0);

  let tx = lane % GX;
  let ty = lane / GX;
  var start_j0 = vec4f(0.0);
  let column_j0_f0 = min(firstColumn + (tx + 0u/*j*/ * GX) * LW + 0u/*f*/, KGV - 1u);
  if (HAS_BIAS) { start_j0/*[f]*/ = b[group * KGV + column_j0_f0]; }
  var sum_i0_j0 = start_j0;
  // Counts that no compiler sees through: unrolled, barriers and all, the loops compile for seconds and run no faster.
  let steps = select(STEPS, 0u, number >= GROUPS);
  let depth = select(BKV, 0u, number >= GROUPS);
  for (var step = 0u; step <= steps; step++) {
    if (step > 0u) {
      workgroupBarrier();
      blockX[slotX_l0] = nextX_l0;
      blockW[slotW_m0] = nextW_m0;
      workgroupBarrier();
    }
    if (step < steps) {
      let reduced_e0 = (step * BKV + loadStep) * LX + 0u/*e*/;
      let tap_e0 = reduced_e0 / CGX;
      let dr_e0 = i32(tap_e0 / S);
      let ds_e0 = i32(tap_e0 % S);
      let channel_e0 = group * CGX + reduced_e0 % CGX;
      let h_l0_e0 = p_l0 + dr_e0;
      let v_l0_e0 = q_l0 + ds_e0;
      let ok_l0_e0 = (u32(h_l0_e0) < H) & (u32(v_l0_e0) < W) & (tap_e0 < R * S) & (pixel_l0 < M);
      let at_l0_e0 = u32((image_l0 + h_l0_e0) * i32(W) + v_l0_e0) * CVX + channel_e0;
      nextX_l0/*[e]*/ = select(VecX(0.0), x[select(0u, at_l0_e0, ok_l0_e0)], ok_l0_e0);
      let reducedW_m0 = step * BK + rowW_m0;
      let okW_m0_f0 = (reducedW_m0 < REDUCED) & (columnW_f0 < KGV);
      let atW_m0_f0 = reducedW_m0 * KV + group * KGV + columnW_f0;
      nextW_m0/*[f]*/ = select(VecW(0.0), w[select(0u, atW_m0_f0, okW_m0_f0)], okW_m0_f0);
    }
    if (step > 0u) {
      for (var at = 0u; at < depth; at++) {
        let k = at % BKV; // is at; the remainder proves that the blocks are not overrun
        let x_i0 = blockX[(ty + 0u/*i*/ * GY) * ROW + k];
        let w_t0_j0 = blockW[(k * 4u + 0u/*t*/) * BNV + tx + 0u/*j*/ * GX];
        sum_i0_j0 = fma(vec4f(x_i0[0u/*t*/]), w_t0_j0, sum_i0_j0);
      }
    }
  }
  finish(sum_i0_j0/*[f]*/, firstRow + ty + 0u/*i*/ * GY, firstColumn + (tx + 0u/*j*/ * GX) * LW + 0u/*f*/, group);
}
