// dense without barriers: a thread keeps ROWS rows and COLUMNS vectors of y in registers. A workgroup's lanes lie along K only, so
// what they read of x is the same for all of them.
//
// This file is the tile of one row and one vector; dense.tile.ts repeats every line that names i0 (row) or j0 (vector).
const N: u32 = 32u; // rows of x
const C: u32 = 64u; // columns of x
const X_BEGIN: u32 = 0u; // first column of x that meets w
const CW: u32 = 64u; // rows of w
const KV: u32 = 16u; // columns of w, in vectors
const ROWS: u32 = 1u; // of the tile
const COLUMNS: u32 = 1u;
const LANES: u32 = 8u; // of a workgroup
const ROW_GROUPS: u32 = 32u; // workgroups, one below the other
const GROUPS: u32 = 64u; // workgroups
const HAS_BIAS: bool = false;
const HAS_RESIDUAL: bool = false;
const RELU: bool = false;

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

fn finish(sum: Vec, n: u32, kv: u32) {
  let at = n * KV + kv;
  var v = sum;
  if (HAS_BIAS) { v += b[kv]; }
  if (HAS_RESIDUAL) { v += r[at]; }
  // max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
  if (RELU) { v = select(v, Vec(0.0), bitcast<VecBits>(v) - VecBits(0x80000000u) <= VecBits(0x7f800000u)); }
  y[at] = v;
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= GROUPS) { return; }
  let n0 = group % ROW_GROUPS * ROWS;
  let first = group / ROW_GROUPS * (COLUMNS * LANES) + lane;
  let kv_j0 = min(first + 0u/*j*/ * LANES, KV - 1u);
  let at_i0 = min(n0 + 0u/*i*/, N - 1u) * C + X_BEGIN;
  var sum_i0_j0 = Vec(0.0);
  let depth = select(CW, 0u, group >= GROUPS); // CW, but no compiler sees it: unrolled, a short loop compiles for seconds
  for (var c = 0u; c < depth; c++) {
    let w_j0 = w[c * KV + kv_j0];
    let x_i0 = Vec(x[at_i0 + c]);
    sum_i0_j0 = fma(x_i0, w_j0, sum_i0_j0);
  }
  // In a loop, since the stores written out take longer to compile than all the rest.
  var sums: array<Vec, ROWS * COLUMNS>;
  sums[0u/*i*/ * COLUMNS + 0u/*j*/] = sum_i0_j0;
  let rows = min(ROWS, N - n0);
  for (var i = 0u; i < rows; i++) {
    for (var j = 0u; j < COLUMNS && first + j * LANES < KV; j++) { finish(sums[i * COLUMNS + j], n0 + i, first + j * LANES); }
  }
}
