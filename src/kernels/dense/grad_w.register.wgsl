// denseGradW without barriers: dw = x^T . dy; a thread keeps ROWS rows (channels of x) and COLUMNS vectors of dw in registers. A
// workgroup's lanes lie along K only, so what they read of x is the same for all of them.
//
// This file is the tile of one row and one vector; dense.tile.ts repeats every line that names i0 (row) or j0 (vector).
const N: u32 = 32u; // rows of x and dy
const C: u32 = 64u; // columns of x, rows of dw
const KV: u32 = 16u; // columns of dy and dw, in vectors
const ROWS: u32 = 1u; // of the tile
const COLUMNS: u32 = 1u;
const LANES: u32 = 8u; // of a workgroup
const ROW_GROUPS: u32 = 64u; // workgroups, one below the other
const GROUPS: u32 = 128u; // workgroups

alias Vec = vec4f; // f32 where K is not a multiple of 4

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dw: array<Vec>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  if (group >= GROUPS) { return; }
  let c0 = group % ROW_GROUPS * ROWS;
  let first = group / ROW_GROUPS * (COLUMNS * LANES) + lane;
  let kv_j0 = min(first + 0u/*j*/ * LANES, KV - 1u);
  let c_i0 = min(c0 + 0u/*i*/, C - 1u);
  var sum_i0_j0 = Vec(0.0);
  let depth = select(N, 0u, group >= GROUPS); // N, but no compiler sees it: unrolled, a short loop compiles for seconds
  for (var n = 0u; n < depth; n++) {
    let dy_j0 = dy[n * KV + kv_j0];
    let x_i0 = Vec(x[n * C + c_i0]);
    sum_i0_j0 = fma(x_i0, dy_j0, sum_i0_j0);
  }
  // In a loop, since the stores written out take longer to compile than all the rest.
  var sums: array<Vec, ROWS * COLUMNS>;
  sums[0u/*i*/ * COLUMNS + 0u/*j*/] = sum_i0_j0;
  let rows = min(ROWS, C - c0);
  for (var i = 0u; i < rows; i++) {
    for (var j = 0u; j < COLUMNS && first + j * LANES < KV; j++) { dw[(c0 + i) * KV + first + j * LANES] = sums[i * COLUMNS + j]; }
  }
}
