// dense for GPUs, where all rows are whole vectors. A workgroup computes 8 * LANES_Y rows and LANES_X vectors of y, and splits the sum:
// each of its SLICES teams of LANES_X * LANES_Y threads adds up every SLICES-th vector of x's columns. So a small batch still gives
// every thread work. At the end the teams' sums are added, always in the same order.
//
// A thread has 8 rows and one vector of y. dense.tiled.ts repeats every line that names i0 (row), t0 (element of a vector of x), l0
// (load of x) or m0 (load of w).
const N: u32 = 32u; // rows of x
const CV: u32 = 16u; // columns of x, in vectors
const X_BEGIN: u32 = 0u; // first column of x that meets w, in vectors
const CWV: u32 = 16u; // rows of w, in vectors of x
const KV: u32 = 16u; // columns of w, in vectors
const LANES_X: u32 = 4u; // threads of a team along K
const LANES_Y: u32 = 4u; // threads of a team along N
const SLICES: u32 = 16u; // teams, a power of 2
const ROW_GROUPS: u32 = 1u; // workgroups, one below the other
const GROUPS: u32 = 4u; // workgroups
const HAS_BIAS: bool = false;
const HAS_RESIDUAL: bool = false;
const RELU: bool = false;

const TEAM: u32 = LANES_X * LANES_Y;
const THREADS: u32 = TEAM * SLICES;
const HALF: u32 = SLICES / 2u;
const OUTPUTS: u32 = 8u * TEAM; // vectors of a workgroup's part of y; at most THREADS
const WHOLE: bool = CWV % SLICES == 0u; // no team runs out of vectors before the others
const X_ROW: u32 = SLICES + 1u; // one vector of padding keeps rows in different banks
const BLOCK_W: u32 = 8u * LANES_Y * X_ROW; // where w begins in the block

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> r: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

// x as [row][slice], w as [row % 4][slice][column]; in the end the sums of half of the teams, as [slice][row][column].
var<workgroup> cells: array<vec4f, 1024>;

fn finish(sum: vec4f, n: u32, kv: u32) {
  if (n >= N || kv >= KV) { return; }
  let at = n * KV + kv;
  var v = sum;
  if (HAS_BIAS) { v += b[kv]; }
  if (HAS_RESIDUAL) { v += r[at]; }
  // max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
  if (RELU) { v = select(v, vec4f(0.0), bitcast<vec4u>(v) - vec4u(0x80000000u) <= vec4u(0x7f800000u)); }
  y[at] = v;
}

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= GROUPS) { return; }
  let n0 = group % ROW_GROUPS * (8u * LANES_Y);
  let kv0 = group / ROW_GROUPS * LANES_X;
  let slice = lane / TEAM;
  let tx = lane % LANES_X;
  let ty = lane / LANES_X % LANES_Y;

  // What this thread loads: vector lane % SLICES of rows of x, column lane % LANES_X of rows of w.
  let ofRow = lane % SLICES;
  let row_l0 = lane / SLICES + 0u/*l*/ * TEAM;
  let toX_l0 = row_l0 * X_ROW + ofRow;
  var fromX_l0 = min(n0 + row_l0, N - 1u) * CV + X_BEGIN + min(ofRow, CWV - 1u);
  let c_m0 = lane / LANES_X + 0u/*m*/ * (THREADS / LANES_X);
  let toW_m0 = BLOCK_W + (c_m0 % 4u * SLICES + c_m0 / 4u) * LANES_X + tx;
  var fromW_m0 = min(c_m0, CWV * 4u - 1u) * KV + min(kv0 + tx, KV - 1u);
  var nextX_l0 = x[fromX_l0];
  var nextW_m0 = w[fromW_m0];

  let ofX = ty * X_ROW + slice;
  let ofW = BLOCK_W + slice * LANES_X + tx;
  var sum_i0 = vec4f(0.0);
  // Counts that no compiler sees through: unrolled, the loops compile for seconds and run no faster.
  let end = select(CWV, 0u, group >= GROUPS);
  let teams = select(HALF, 0u, group >= GROUPS);
  for (var v = 0u; v < end; v += SLICES) {
    workgroupBarrier();
    cells[toX_l0] = select(vec4f(0.0), nextX_l0, WHOLE | (v + ofRow < CWV));
    cells[toW_m0] = select(vec4f(0.0), nextW_m0, WHOLE | (v + c_m0 / 4u < CWV));
    workgroupBarrier();
    // The next vectors are on their way during the sums below; past the end the last ones once more, without a branch to wait at.
    fromX_l0 += select(0u, SLICES, v + SLICES + ofRow < CWV);
    fromW_m0 += select(0u, SLICES * 4u * KV, v + SLICES + c_m0 / 4u < CWV);
    nextX_l0 = x[fromX_l0];
    nextW_m0 = w[fromW_m0];
    let w_t0 = cells[ofW + 0u/*t*/ * (SLICES * LANES_X)];
    let x_i0 = cells[ofX + 0u/*i*/ * (LANES_Y * X_ROW)];
    sum_i0 = fma(vec4f(x_i0[0u/*t*/]), w_t0, sum_i0);
  }

  // The second half of the teams hands its sums to the first, which then lays its own out by row and column for all threads to add.
  let at_i0 = slice % HALF * OUTPUTS + (ty + 0u/*i*/ * LANES_Y) * LANES_X + tx;
  workgroupBarrier();
  if (slice >= HALF) { cells[at_i0] = sum_i0; }
  workgroupBarrier();
  if (slice < HALF) { cells[at_i0] += sum_i0; }
  workgroupBarrier();
  var total = vec4f(0.0);
  for (var s = 0u; s < teams; s++) { total += cells[(s * OUTPUTS + lane) % 1024u]; }
  if (lane < OUTPUTS) { finish(total, n0 + lane / LANES_X, kv0 + lane % LANES_X); }
}
