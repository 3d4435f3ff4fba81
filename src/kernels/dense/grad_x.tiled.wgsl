// denseGradX for GPUs, where all rows are whole vectors: dx = dy . w^T. A workgroup computes 8 * LANES_Y rows and 4 * LANES_X columns of
// dx, and splits the sum along K over SLICES teams of LANES_X * LANES_Y threads, as dense.tiled.wgsl does.
//
// A thread has 8 rows and four columns of dx. dense_grad_x.tiled.ts repeats every line that names i0 (row), t0 (element of a vector
// along K), l0 (load of dy) or m0 (load of w).
const N: u32 = 32u; // rows of dy
const C: u32 = 64u; // rows of w
const CV: u32 = 16u; // columns of dx, in vectors
const KV: u32 = 16u; // columns of dy and w, in vectors
const LANES_X: u32 = 4u; // threads of a team along C
const LANES_Y: u32 = 4u; // threads of a team along N
const SLICES: u32 = 16u; // teams, a power of 2
const ROW_GROUPS: u32 = 1u; // workgroups, one below the other
const GROUPS: u32 = 4u; // workgroups

const TEAM: u32 = LANES_X * LANES_Y;
const THREADS: u32 = TEAM * SLICES;
const HALF: u32 = SLICES / 2u;
const OUTPUTS: u32 = 8u * TEAM; // vectors of a workgroup's part of dx; at most THREADS
const WHOLE: bool = KV % SLICES == 0u; // no team runs out of vectors before the others
const Y_ROW: u32 = SLICES + 1u; // one vector of padding keeps rows in different banks
const W_ROW: u32 = LANES_X + 1u;
const BLOCK_W: u32 = 8u * LANES_Y * Y_ROW; // where w begins in the block

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// dy as [row][slice], w as [row % 4][slice][row / 4]; in the end the sums of half of the teams, as [slice][row][column].
var<workgroup> cells: array<vec4f, 1024>;

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= GROUPS) { return; }
  let n0 = group % ROW_GROUPS * (8u * LANES_Y);
  let cv0 = group / ROW_GROUPS * LANES_X;
  let slice = lane / TEAM;
  let tx = lane % LANES_X;
  let ty = lane / LANES_X % LANES_Y;

  // What this thread loads: vector lane % SLICES of rows of dy and of w.
  let ofRow = lane % SLICES;
  let row_l0 = lane / SLICES + 0u/*l*/ * TEAM;
  let toY_l0 = row_l0 * Y_ROW + ofRow;
  var fromY_l0 = min(n0 + row_l0, N - 1u) * KV + min(ofRow, KV - 1u);
  let c_m0 = lane / SLICES + 0u/*m*/ * TEAM;
  let toW_m0 = BLOCK_W + (c_m0 % 4u * SLICES + ofRow) * W_ROW + c_m0 / 4u;
  var fromW_m0 = min(cv0 * 4u + c_m0, C - 1u) * KV + min(ofRow, KV - 1u);
  var nextY_l0 = dy[fromY_l0];
  var nextW_m0 = w[fromW_m0];

  let ofY = ty * Y_ROW + slice;
  let ofW = BLOCK_W + slice * W_ROW + tx;
  var sum_i0 = vec4f(0.0);
  // Counts that no compiler sees through: unrolled, the loops compile for seconds and run no faster.
  let end = select(KV, 0u, group >= GROUPS);
  let teams = select(HALF, 0u, group >= GROUPS);
  for (var v = 0u; v < end; v += SLICES) {
    workgroupBarrier();
    cells[toY_l0] = select(vec4f(0.0), nextY_l0, WHOLE | (v + ofRow < KV));
    cells[toW_m0] = select(vec4f(0.0), nextW_m0, WHOLE | (v + ofRow < KV));
    workgroupBarrier();
    // The next vectors are on their way during the sums below; past the end the last ones once more, without a branch to wait at.
    let ahead = select(0u, SLICES, v + SLICES + ofRow < KV);
    fromY_l0 += ahead;
    fromW_m0 += ahead;
    nextY_l0 = dy[fromY_l0];
    nextW_m0 = w[fromW_m0];
    let first = cells[ofW];
    let second = cells[ofW + SLICES * W_ROW];
    let third = cells[ofW + 2u * SLICES * W_ROW];
    let fourth = cells[ofW + 3u * SLICES * W_ROW];
    let w_t0 = vec4f(first[0u/*t*/], second[0u/*t*/], third[0u/*t*/], fourth[0u/*t*/]);
    let dy_i0 = cells[ofY + 0u/*i*/ * (LANES_Y * Y_ROW)];
    sum_i0 = fma(vec4f(dy_i0[0u/*t*/]), w_t0, sum_i0);
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
  let n = n0 + lane / LANES_X;
  let cv = cv0 + lane % LANES_X;
  if (lane < OUTPUTS && n < N && cv < CV) { dx[n * CV + cv] = total; }
}
