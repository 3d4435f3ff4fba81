// slice: columns of the last axis. One thread: one column of sixteen rows. Copies bits.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  rows: u32, // product of the leading axes
  K: u32, // columns of y
  C: u32, // columns of x
  begin: u32, // first of them
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  let K = sizes.K;
  let C = sizes.C;
  let strip = t / K;
  let k = t - strip * K;
  let first = strip * 16u;
  let end = min(first + 16u, sizes.rows);
  var to = first * K + k;
  var at = first * C + sizes.begin + k;
  for (var row = first; row < end; row++) {
    y[to] = x[at];
    to += K;
    at += C;
  }
}
