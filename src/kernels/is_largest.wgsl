// isLargest of the rows of [N,K]: 1 where x is the largest of its row and not 0, all of several. One thread: one row.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // values a row
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (row >= sizes.N) { return; }
  let begin = row * sizes.K;
  var most = x[begin];
  for (var k = 1u; k < sizes.K; k++) { most = max(most, x[begin + k]); }
  for (var k = 0u; k < sizes.K; k++) {
    let v = x[begin + k];
    y[begin + k] = select(0.0, 1.0, (v >= most) & (abs(v) > 1e-9));
  }
}
