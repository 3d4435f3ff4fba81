// batchNormTrainGradW: the sums of dy * (x - mean) / sqrt(variance + epsilon) and of dy. One thread: one channel of `rows` rows. Four running
// sums of each, row i in sum i % 4, added up in a fixed order.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  C: u32,
  rows: u32, // of a sum
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>; // means, then variances
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&dw) / 2u) { return; }
  let C = sizes.C;
  let part = e / C;
  let c = e - part * C;
  let first = part * sizes.rows;
  let count = min(sizes.rows, sizes.N - first);
  var at = first * C + c;
  let mean = moments[c];
  var products = vec4f(0.0);
  var sums = vec4f(0.0);
  let fours = count / 4u;
  for (var i = 0u; i < fours; i++) {
    let a = vec4u(at, at + C, at + 2u * C, at + 3u * C);
    let d = vec4f(dy[a.x], dy[a.y], dy[a.z], dy[a.w]);
    products += d * (vec4f(x[a.x], x[a.y], x[a.z], x[a.w]) - mean);
    sums += d;
    at += 4u * C;
  }
  var product = (products.x + products.y) + (products.z + products.w);
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  let rest = count % 4u;
  for (var i = 0u; i < rest; i++) {
    product += dy[at] * (x[at] - mean);
    sum += dy[at];
    at += C;
  }
  let to = part * 2u * C + c;
  dw[to] = product * inverseSqrt(moments[C + c] + sizes.epsilon);
  dw[to + C] = sum;
}
