// columnSum of [N,K]. One thread: one column of ROWS rows. Four running sums, row i in sum i % 4, added up in a fixed order.
const N: u32 = 32u; // rows
const K: u32 = 64u; // columns
const ROWS: u32 = 32u; // rows of a sum

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&y)) { return; }
  let first = e / K * ROWS;
  let count = min(ROWS, N - first);
  var at = first * K + e % K;
  var sums = vec4f(0.0);
  for (var i = 0u; i < count / 4u; i++) {
    sums += vec4f(x[at], x[at + K], x[at + 2u * K], x[at + 3u * K]);
    at += 4u * K;
  }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  for (var i = 0u; i < count % 4u; i++) {
    sum += x[at];
    at += K;
  }
  y[e] = sum;
}
