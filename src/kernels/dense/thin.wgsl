// dense for GPUs, where y is thin: few rows, few units, or rows that are no whole vectors. Lanes lie along K, teams of them along C:
// of the `teams` of a workgroup each adds up every `teams`-th row of w. At the end the teams' sums are added pairwise, always in the same
// order.
//
// This file is one row a thread. thin.ts repeats every line that names i0 (row) or u0 (step of the sum).
const ROWS: u32 = 1u; // of a thread
const STEPS: u32 = 1u; // rows of w that a team has under way
const THREADS: u32 = 256u;

alias Vec = vec4f; // f32 where K is not a multiple of 4
alias VecBits = vec4u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows of x
  C: u32, // columns of x
  begin: u32, // first column of x that meets w
  Cw: u32, // rows of w
  KV: u32, // columns of w, in vectors
  lanes: u32, // of a team, a power of 2
  rowGroups: u32, // workgroups, one below the other
  groups: u32, // workgroups
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

var<workgroup> sums: array<Vec, ROWS * THREADS / 2u>; // of up to half of the teams, as [row][thread]

// max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
fn activate(v: Vec) -> Vec { return select(v, Vec(0.0), bitcast<VecBits>(v) - VecBits(0x80000000u) < VecBits(sizes.relu * 0x7f800001u)); }

// The sum as it becomes y's element `at`, in this column of all.
fn epilogue(sum: Vec, at: u32, column: u32) -> Vec {
  var v = sum;
  if (sizes.scaled != 0u) { v *= scale[column]; }
  if (sizes.biased != 0u) { v += bias[column]; }
  if (sizes.added != 0u) { v += residual[at]; }
  return activate(v);
}

fn finish(sum: Vec, n: u32, kv: u32) {
  if (n >= sizes.N || kv >= sizes.KV) { return; }
  let at = n * sizes.KV + kv;
  y[at] = epilogue(sum, at, kv);
}

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= sizes.groups) { return; }
  let n0 = group % sizes.rowGroups * ROWS;
  let lanes = sizes.lanes;
  let teams = THREADS / lanes;
  let column = group / sizes.rowGroups * lanes + lane % lanes;
  let kv = min(column, sizes.KV - 1u);
  let slice = lane / lanes;
  let row_i0 = min(n0 + 0u/*i*/, sizes.N - 1u) * sizes.C + sizes.begin;
  var sum_i0 = Vec(0.0);
  var c = slice;
  var to = slice * sizes.KV + kv;
  let next = teams * sizes.KV;
  let depth = sizes.Cw;
  for (; c + (STEPS - 1u) * teams < depth; c += STEPS * teams) {
    let w_u0 = b[to + 0u/*u*/ * next];
    let x_u0_i0 = a[row_i0 + c + 0u/*u*/ * teams];
    sum_i0 = fma(Vec(x_u0_i0), w_u0, sum_i0);
    to += STEPS * next;
  }
  for (; c < depth; c += teams) {
    let last = b[to];
    sum_i0 = fma(Vec(a[row_i0 + c]), last, sum_i0);
    to += next;
  }
  // From a count that no compiler sees through: unrolled, the loop compiles for seconds and runs no faster.
  for (var half = select(teams / 2u, 0u, group >= sizes.groups); half > 0u; half /= 2u) {
    workgroupBarrier();
    if (slice >= half && slice < 2u * half) { sums[0u/*i*/ * (THREADS / 2u) + lane - half * lanes] = sum_i0; }
    workgroupBarrier();
    if (slice < half) { sum_i0 += sums[0u/*i*/ * (THREADS / 2u) + lane]; }
  }
  workgroupBarrier();
  if (slice == 0u) { sums[0u/*i*/ * lanes + lane] = sum_i0; }
  workgroupBarrier();
  if (lane < ROWS * lanes) { finish(sums[lane], n0 + lane / lanes, column); }
}
