// denseGradW as blocks in workgroup memory: dw = x^T . dy. The sum runs over the rows of x and dy; a thread keeps TM vectors of
// channels times TN vectors of units.
//
// This file is the tile of one vector of channels and one of units. dense_grad_w.ts repeats every line that names an axis: i0 vector
// of channels, a0 one of its four channels, j0 vector of units, l0 load of x, m0 load of dy; e0 and f0 are the elements of a vector
// where C or K is not whole vectors and is loaded one by one.
const N: u32 = 32u; // rows of x and dy
const C: u32 = 64u; // columns of x, rows of dw
const CX: u32 = 16u; // the same in elements of x
const KV: u32 = 16u; // columns of dy, in its elements
const GX: u32 = 8u; // threads of a workgroup along K and along C
const GY: u32 = 8u;
const TM: u32 = 1u; // vectors of channels of a thread
const TN: u32 = 1u; // vectors of units of a thread
const LX: u32 = 1u; // elements of x that make a vector, 1 or 4
const LY: u32 = 1u; // elements of dy that make a vector, 1 or 4
const BLOCKS_M: u32 = 2u; // workgroups
const GROUPS: u32 = 4u;

const BN: u32 = 8u; // rows of x and dy that are in workgroup memory at a time
const STEPS: u32 = (N + BN - 1u) / BN;
const WHOLE: bool = N % BN == 0u;
const THREADS: u32 = GX * GY;
const BCV: u32 = TM * GY;
const BKV: u32 = TN * GX;

alias VecX = vec4f; // f32 where C or K is not whole vectors
alias VecY = vec4f;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<VecX>;
@group(0) @binding(1) var<storage, read> dy: array<VecY>;
@group(0) @binding(2) var<storage, read_write> dw: array<VecY>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> blockX: array<vec4f, BN * BCV>;
var<workgroup> blockY: array<vec4f, BN * BKV>;

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * 65535u + wid.x + sizes.base;
  if (number >= GROUPS) { return; }
  let firstC = number % BLOCKS_M * BCV * LX; // in elements of x
  let firstK = number / BLOCKS_M * BKV * LY; // in elements of dy

  let rowX_l0 = lane / BCV + 0u/*l*/ * (THREADS / BCV);
  let columnX_e0 = min(firstC + lane % BCV * LX + 0u/*e*/, CX - 1u);
  let rowY_m0 = lane / BKV + 0u/*m*/ * (THREADS / BKV);
  let columnY_f0 = min(firstK + lane % BKV * LY + 0u/*f*/, KV - 1u);
  var nextX_l0 = vec4f(0.0);
  var nextY_m0 = vec4f(0.0);

  let tx = lane % GX;
  let ty = lane / GX;
  var sum_i0_a0_j0 = vec4f(0.0);
  // Counts that no compiler sees through: unrolled, the loops compile for seconds and run no faster.
  let steps = select(STEPS, 0u, number >= GROUPS);
  let depth = select(BN, 0u, number >= GROUPS);
  for (var step = 0u; step <= steps; step++) {
    if (step > 0u) {
      workgroupBarrier();
      let stored = (step - 1u) * BN;
      blockX[rowX_l0 * BCV + lane % BCV] = select(vec4f(0.0), nextX_l0, WHOLE | (stored + rowX_l0 < N));
      blockY[rowY_m0 * BKV + lane % BKV] = select(vec4f(0.0), nextY_m0, WHOLE | (stored + rowY_m0 < N));
      workgroupBarrier();
    }
    if (step < steps) {
      nextX_l0/*[e]*/ = x[min(step * BN + rowX_l0, N - 1u) * CX + columnX_e0];
      nextY_m0/*[f]*/ = dy[min(step * BN + rowY_m0, N - 1u) * KV + columnY_f0];
    }
    if (step > 0u) {
      for (var at = 0u; at < depth; at++) {
        let n = at % BN; // is at; the remainder proves that the blocks are not overrun
        let x_i0 = blockX[n * BCV + ty + 0u/*i*/ * GY];
        let y_j0 = blockY[n * BKV + tx + 0u/*j*/ * GX];
        sum_i0_a0_j0 = fma(vec4f(x_i0[0u/*a*/]), y_j0, sum_i0_a0_j0);
      }
    }
  }
  let c_i0_a0 = (number % BLOCKS_M * BCV + ty + 0u/*i*/ * GY) * 4u + 0u/*a*/;
  let k_j0_f0 = firstK + (tx + 0u/*j*/ * GX) * LY + 0u/*f*/;
  if (c_i0_a0 < C && k_j0_f0 < KV) { dw[c_i0_a0 * KV + k_j0_f0] = sum_i0_a0_j0/*[f]*/; }
}
