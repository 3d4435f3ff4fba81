// gatherRows: row i of y is row index[i] of x, bit by bit. One workgroup: up to 256 values of a row, four a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values a row
  parts: u32, // workgroups a row
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  let row = group / sizes.parts;
  if (row >= arrayLength(&index)) { return; }
  let first = (group - row * sizes.parts) * 256u + lane;
  let xBegin = index[row] * sizes.D;
  let yBegin = row * sizes.D;
  for (var i = 0u; i < 4u; i++) {
    let d = first + i * 64u;
    if (d < sizes.D) { y[yBegin + d] = x[xBegin + d]; }
  }
}
