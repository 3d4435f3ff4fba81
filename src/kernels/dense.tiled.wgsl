// dense as blocks in workgroup memory. A workgroup computes BM x BN of y. Its threads form SLICES teams; each team sums every
// SLICES-th stretch of BK columns of x, so that a small batch still keeps a GPU busy, and the teams' sums are added in order.
//
// This file is the tile of one row and one vector. dense.tiled.ts repeats every line that names an axis: i0 row, j0 vector, t0 one
// of the four steps of a vector of the sum, l0 load of x, m0 load of w; e0 and f0 are the elements of a vector where the columns of
// x or w are not whole vectors and are loaded one by one.
const N: u32 = 32u; // rows of x
const CX: u32 = 16u; // columns of x, in its elements
const X_BEGIN: u32 = 0u; // first column of x that meets w, in elements of x
const CW: u32 = 64u; // rows of w
const CWX: u32 = 16u; // the same in elements of x
const KV: u32 = 16u; // columns of w, in its elements
const GX: u32 = 8u; // threads of a team along K and along N
const GY: u32 = 4u;
const TM: u32 = 1u; // rows of a thread
const TN: u32 = 1u; // vectors of a thread
const LX: u32 = 1u; // elements of x that make a vector, 1 or 4
const LW: u32 = 1u; // elements of w that make a vector, 1 or 4
const SLICES: u32 = 2u; // teams
const BLOCKS_M: u32 = 8u; // workgroups
const GROUPS: u32 = 16u;
const HAS_BIAS: bool = false;
const HAS_RESIDUAL: bool = false;
const RELU: bool = false;

const BK: u32 = 8u; // depth of a block
const BKV: u32 = BK / 4u;
const STEPS: u32 = (CW + BK * SLICES - 1u) / (BK * SLICES);
const TEAM: u32 = GX * GY;
const THREADS: u32 = TEAM * SLICES;
const BM: u32 = TM * GY;
const BNV: u32 = TN * GX;
const ROW: u32 = BKV + 1u; // one vector of padding keeps rows in different banks

alias VecX = vec4f; // f32 where the columns are not whole vectors
alias VecW = vec4f;

@group(0) @binding(0) var<storage, read> x: array<VecX>;
@group(0) @binding(1) var<storage, read> w: array<VecW>;
@group(0) @binding(2) var<storage, read> b: array<VecW>;
@group(0) @binding(3) var<storage, read> r: array<VecW>;
@group(0) @binding(4) var<storage, read_write> y: array<VecW>;
@group(0) @binding(5) var<uniform> part: vec4u;

var<workgroup> blockX: array<vec4f, SLICES * BM * ROW>;
var<workgroup> blockW: array<vec4f, SLICES * BK * BNV>;
var<workgroup> sums: array<vec4f, TEAM>;

fn finish(sum: VecW, n: u32, kv: u32) {
  if (n >= N || kv >= KV) { return; }
  let at = n * KV + kv;
  var v = sum;
  if (HAS_BIAS) { v += b[kv]; }
  if (HAS_RESIDUAL) { v += r[at]; }
  if (RELU) { v = max(v, VecW(0.0)); }
  y[at] = v;
}

// Adds the other teams' parts of one vector of the tile to the first team's, one after the other.
fn gather(sum: vec4f, team: u32, member: u32) -> vec4f {
  var total = sum;
  for (var z = 1u; z < SLICES; z++) {
    workgroupBarrier();
    if (team == z) { sums[member] = sum; }
    workgroupBarrier();
    total += sums[member];
  }
  return total;
}

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * 65535u + wid.x + part.x;
  if (number >= GROUPS) { return; }
  let firstRow = number % BLOCKS_M * BM;
  let firstColumn = number / BLOCKS_M * BNV * LW;
  let team = lane / TEAM;
  let member = lane % TEAM;

  // What this thread loads: vector member % BKV of rows of x, and column member % BNV of rows of w.
  let loadStep = member % BKV;
  let rowX_l0 = member / BKV + 0u/*l*/ * (TEAM / BKV);
  let okX_l0 = (rowX_l0 < BM) & (firstRow + rowX_l0 < N);
  let slotX_l0 = (team * BM + rowX_l0) * ROW + loadStep;
  let rowW_m0 = member / BNV + 0u/*m*/ * (TEAM / BNV);
  let columnW_f0 = firstColumn + member % BNV * LW + 0u/*f*/;
  let slotW_m0 = (team * BK + rowW_m0) * BNV + member % BNV;
  var nextX_l0 = vec4f(0.0);
  var nextW_m0 = vec4f(0.0);

  let tx = member % GX;
  let ty = member / GX;
  let fromX = team * BM * ROW;
  let fromW = team * BK * BNV + tx;
  var sum_i0_j0 = vec4f(0.0);
  for (var step = 0u; step <= STEPS; step++) {
    if (step > 0u) {
      workgroupBarrier();
      if (rowX_l0 < BM) { blockX[slotX_l0] = nextX_l0; }
      blockW[slotW_m0] = nextW_m0;
      workgroupBarrier();
    }
    if (step < STEPS) {
      let stretch = step * SLICES + team;
      let cx_e0 = (stretch * BKV + loadStep) * LX + 0u/*e*/;
      let ok_l0_e0 = (cx_e0 < CWX) & okX_l0;
      let at_l0_e0 = (firstRow + rowX_l0) * CX + X_BEGIN + cx_e0;
      nextX_l0/*[e]*/ = select(VecX(0.0), x[select(0u, at_l0_e0, ok_l0_e0)], ok_l0_e0);
      let cw_m0 = stretch * BK + rowW_m0;
      let okW_m0_f0 = (cw_m0 < CW) & (columnW_f0 < KV);
      nextW_m0/*[f]*/ = select(VecW(0.0), w[select(0u, cw_m0 * KV + columnW_f0, okW_m0_f0)], okW_m0_f0);
    }
    if (step > 0u) {
      for (var k = 0u; k < BKV; k++) {
        let x_i0 = blockX[fromX + (ty + 0u/*i*/ * GY) * ROW + k];
        let w_t0_j0 = blockW[fromW + (k * 4u + 0u/*t*/) * BNV + 0u/*j*/ * GX];
        sum_i0_j0 = fma(vec4f(x_i0[0u/*t*/]), w_t0_j0, sum_i0_j0);
      }
    }
  }
  sum_i0_j0 = gather(sum_i0_j0, team, member);
  if (team > 0u) { return; }
  finish(sum_i0_j0/*[f]*/, firstRow + ty + 0u/*i*/ * GY, firstColumn + (tx + 0u/*j*/ * GX) * LW + 0u/*f*/);
}
