// columnSum of [N,K]. One thread: one column of `rows` rows. Four running sums, row i in sum i % 4, added up in a fixed order.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // columns
  rows: u32, // of a sum
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&y)) { return; }
  let K = sizes.K;
  let part = e / K;
  let first = part * sizes.rows;
  let count = min(sizes.rows, sizes.N - first);
  var at = first * K + (e - part * K);
  var sums = vec4f(0.0);
  let fours = count / 4u;
  let steps = vec3u(K, 2u * K, 3u * K);
  let step = 4u * K;
  for (var i = 0u; i < fours; i++) {
    let a = vec3u(at) + steps;
    sums += vec4f(x[at], x[a.x], x[a.y], x[a.z]);
    at += step;
  }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  let rest = count % 4u;
  for (var i = 0u; i < rest; i++) {
    sum += x[at];
    at += K;
  }
  y[e] = sum;
}
