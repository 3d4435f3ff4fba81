// denseGradX as blocks in workgroup memory: dx = dy . w^T. Both dy and w are read along K, the axis of the sum, a vector at a time.
// Teams share the sum as in dense.tiled.wgsl.
//
// This file is the tile of one row and one column. dense_grad_x.ts repeats every line that names an axis: i0 row, j0 column, l0 load
// of dy, m0 load of w; e0 is the elements of a vector where K is not whole vectors and is loaded one by one.
const N: u32 = 32u; // rows of dy
const C: u32 = 64u; // rows of w, columns of dx
const KV: u32 = 16u; // columns of dy and w, in their elements
const GX: u32 = 8u; // threads of a team along C and along N
const GY: u32 = 4u;
const TM: u32 = 1u; // rows of a thread
const TN: u32 = 1u; // columns of a thread
const LV: u32 = 1u; // elements that make a vector, 1 or 4
const SLICES: u32 = 2u; // teams
const BLOCKS_M: u32 = 8u; // workgroups
const GROUPS: u32 = 64u;

const BKV: u32 = 2u; // depth of a block, in vectors
const STEPS: u32 = (KV + LV * BKV * SLICES - 1u) / (LV * BKV * SLICES);
const TEAM: u32 = GX * GY;
const THREADS: u32 = TEAM * SLICES;
const BM: u32 = TM * GY;
const BN: u32 = TN * GX;
const ROW: u32 = BKV + 1u; // one vector of padding keeps rows in different banks

alias Vec = vec4f; // f32 where K is not whole vectors

@group(0) @binding(0) var<storage, read> dy: array<Vec>;
@group(0) @binding(1) var<storage, read> w: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> part: vec4u;

var<workgroup> blockY: array<vec4f, SLICES * BM * ROW>;
var<workgroup> blockW: array<vec4f, SLICES * BN * ROW>;
var<workgroup> sums: array<f32, TEAM>;

// Adds the other teams' parts of one element of the tile to the first team's, one after the other.
fn gather(sum: f32, team: u32, member: u32) -> f32 {
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
  let firstColumn = number / BLOCKS_M * BN;
  let team = lane / TEAM;
  let member = lane % TEAM;

  // What this thread loads: vector member % BKV of rows of dy and of w.
  let loadStep = member % BKV;
  let rowY_l0 = member / BKV + 0u/*l*/ * (TEAM / BKV);
  let slotY_l0 = (team * BM + rowY_l0) * ROW + loadStep;
  let rowW_m0 = member / BKV + 0u/*m*/ * (TEAM / BKV);
  let slotW_m0 = (team * BN + rowW_m0) * ROW + loadStep;
  var nextY_l0 = vec4f(0.0);
  var nextW_m0 = vec4f(0.0);

  let tx = member % GX;
  let ty = member / GX;
  let fromY = team * BM * ROW;
  let fromW = team * BN * ROW;
  var sum_i0_j0 = 0.0;
  for (var step = 0u; step <= STEPS; step++) {
    if (step > 0u) {
      workgroupBarrier();
      if (rowY_l0 < BM) { blockY[slotY_l0] = nextY_l0; }
      if (rowW_m0 < BN) { blockW[slotW_m0] = nextW_m0; }
      workgroupBarrier();
    }
    if (step < STEPS) {
      let k_e0 = ((step * SLICES + team) * BKV + loadStep) * LV + 0u/*e*/;
      let okY_l0_e0 = (rowY_l0 < BM) & (firstRow + rowY_l0 < N) & (k_e0 < KV);
      nextY_l0/*[e]*/ = select(Vec(0.0), dy[select(0u, (firstRow + rowY_l0) * KV + k_e0, okY_l0_e0)], okY_l0_e0);
      let okW_m0_e0 = (rowW_m0 < BN) & (firstColumn + rowW_m0 < C) & (k_e0 < KV);
      nextW_m0/*[e]*/ = select(Vec(0.0), w[select(0u, (firstColumn + rowW_m0) * KV + k_e0, okW_m0_e0)], okW_m0_e0);
    }
    if (step > 0u) {
      for (var k = 0u; k < BKV; k++) {
        let y_i0 = blockY[fromY + (ty + 0u/*i*/ * GY) * ROW + k];
        let w_j0 = blockW[fromW + (tx + 0u/*j*/ * GX) * ROW + k];
        sum_i0_j0 = fma(y_i0[0u/*t*/], w_j0[0u/*t*/], sum_i0_j0);
      }
    }
  }
  sum_i0_j0 = gather(sum_i0_j0, team, member);
  if (team > 0u) { return; }
  let ok_i0_j0 = (firstRow + ty + 0u/*i*/ * GY < N) & (firstColumn + tx + 0u/*j*/ * GX < C);
  if (ok_i0_j0) { dx[(firstRow + ty + 0u/*i*/ * GY) * C + firstColumn + tx + 0u/*j*/ * GX] = sum_i0_j0; }
}
