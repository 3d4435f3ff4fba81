// cumulativeSum of the rows of [N,K]: each value and all before it, or all behind it, added up in that order. One thread: one row.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // values a row
  reverse: u32, // 1: from the last on
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (row >= sizes.N) { return; }
  let begin = row * sizes.K;
  var sum = 0.0;
  for (var k = 0u; k < sizes.K; k++) {
    let e = begin + select(k, sizes.K - 1u - k, sizes.reverse == 1u);
    sum += x[e];
    y[e] = sum;
  }
}
