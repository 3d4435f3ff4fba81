// dense for GPUs, where y is thin: few rows, few units, or rows that are no whole vectors. Lanes lie along K, teams of them along C:
// each of the SLICES teams of a workgroup adds up every SLICES-th row of w. At the end the teams' sums are added pairwise, always in
// the same order.
//
// This file is one row a thread. dense.tiled.ts repeats every line that names i0 (row) or u0 (step of the sum).
const N: u32 = 32u; // rows of x
const C: u32 = 64u; // columns of x
const X_BEGIN: u32 = 0u; // first column of x that meets w
const CW: u32 = 64u; // rows of w
const KV: u32 = 16u; // columns of w, in vectors
const ROWS: u32 = 1u; // of a thread
const STEPS: u32 = 1u; // rows of w that a team has under way
const LANES: u32 = 8u; // of a team
const SLICES: u32 = 32u; // teams, a power of 2
const ROW_GROUPS: u32 = 32u; // workgroups, one below the other
const GROUPS: u32 = 64u; // workgroups
const HAS_BIAS: bool = false;
const HAS_RESIDUAL: bool = false;
const RELU: bool = false;

const THREADS: u32 = LANES * SLICES;

alias Vec = vec4f; // f32 where K is not a multiple of 4
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

var<workgroup> sums: array<Vec, ROWS * THREADS / 2u>; // of up to half of the teams, as [row][thread]

fn finish(sum: Vec, n: u32, kv: u32) {
  if (n >= N || kv >= KV) { return; }
  let at = n * KV + kv;
  var v = sum;
  if (HAS_BIAS) { v += b[kv]; }
  if (HAS_RESIDUAL) { v += r[at]; }
  // max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
  if (RELU) { v = select(v, Vec(0.0), bitcast<VecBits>(v) - VecBits(0x80000000u) <= VecBits(0x7f800000u)); }
  y[at] = v;
}

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= GROUPS) { return; }
  let n0 = group % ROW_GROUPS * ROWS;
  let column = group / ROW_GROUPS * LANES + lane % LANES;
  let kv = min(column, KV - 1u);
  let slice = lane / LANES;
  let row_i0 = min(n0 + 0u/*i*/, N - 1u) * C + X_BEGIN;
  var sum_i0 = Vec(0.0);
  var c = slice;
  for (; c + (STEPS - 1u) * SLICES < CW; c += STEPS * SLICES) {
    let w_u0 = w[(c + 0u/*u*/ * SLICES) * KV + kv];
    let x_u0_i0 = x[row_i0 + c + 0u/*u*/ * SLICES];
    sum_i0 = fma(Vec(x_u0_i0), w_u0, sum_i0);
  }
  for (; c < CW; c += SLICES) {
    let last = w[c * KV + kv];
    sum_i0 = fma(Vec(x[row_i0 + c]), last, sum_i0);
  }
  // From a count that no compiler sees through: unrolled, the loop compiles for seconds and runs no faster.
  for (var half = select(SLICES / 2u, 0u, group >= GROUPS); half > 0u; half /= 2u) {
    workgroupBarrier();
    if (slice >= half && slice < 2u * half) { sums[0u/*i*/ * (THREADS / 2u) + lane - half * LANES] = sum_i0; }
    workgroupBarrier();
    if (slice < half) { sum_i0 += sums[0u/*i*/ * (THREADS / 2u) + lane]; }
  }
  workgroupBarrier();
  if (slice == 0u) { sums[0u/*i*/ * LANES + lane] = sum_i0; }
  workgroupBarrier();
  if (lane < ROWS * LANES) { finish(sums[lane], n0 + lane / LANES, column); }
}
