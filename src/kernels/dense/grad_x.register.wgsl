// denseGradX without barriers: dx = dy . w^T; a thread keeps ROWS rows and COLUMNS columns (rows of w) of dx in registers. A
// workgroup's lanes lie along C only, so what they read of dy is the same for all of them.
//
// This file is the tile of one row and one column; dense.tile.ts repeats every line that names i0 (row) or j0 (column).
const N: u32 = 32u; // rows of dy
const C: u32 = 64u; // rows of w, columns of dx
const KV: u32 = 16u; // columns of dy and w, in vectors
const ROWS: u32 = 1u; // of the tile
const COLUMNS: u32 = 1u;
const LANES: u32 = 8u; // of a workgroup
const ROW_GROUPS: u32 = 32u; // workgroups, one below the other
const GROUPS: u32 = 256u; // workgroups

alias Vec = vec4f; // f32 where K is not a multiple of 4

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>;
@group(0) @binding(1) var<storage, read> w: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn product(d: Vec, v: Vec) -> f32 { return dot(d, v); }

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= GROUPS) { return; }
  let n0 = group % ROW_GROUPS * ROWS;
  let first = group / ROW_GROUPS * (COLUMNS * LANES) + lane;
  let row_j0 = min(first + 0u/*j*/ * LANES, C - 1u) * KV;
  let row_i0 = min(n0 + 0u/*i*/, N - 1u) * KV;
  var sum_i0_j0 = 0.0;
  let depth = select(KV, 0u, group >= GROUPS); // KV, but no compiler sees it: unrolled, a short loop compiles for seconds
  for (var k = 0u; k < depth; k++) {
    let w_j0 = w[row_j0 + k];
    let dy_i0 = dy[row_i0 + k];
    sum_i0_j0 += product(dy_i0, w_j0);
  }
  // In a loop, since the stores written out take longer to compile than all the rest.
  var sums: array<f32, ROWS * COLUMNS>;
  sums[0u/*i*/ * COLUMNS + 0u/*j*/] = sum_i0_j0;
  let rows = min(ROWS, N - n0);
  for (var i = 0u; i < rows; i++) {
    for (var j = 0u; j < COLUMNS && first + j * LANES < C; j++) { dx[(n0 + i) * C + first + j * LANES] = sums[i * COLUMNS + j]; }
  }
}
