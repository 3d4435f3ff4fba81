// lrn: y = x / (bias + alpha * sum of x^2 over the channels c - radius ... c + radius) ^ beta. One thread: four elements.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  C: u32, // channels
  step: u32, // 64 % C
  radius: u32,
  bias: f32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let C = sizes.C;
  let radius = sizes.radius;
  var c = first % C;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) {
      let begin = e - min(c, radius);
      let end = e + min(C - 1u - c, radius);
      var sum = 0.0;
      for (var at = begin; at <= end; at++) { sum += x[at] * x[at]; }
      y[e] = x[e] * exp2(-sizes.beta * log2(sizes.bias + sizes.alpha * sum));
    }
    c += sizes.step;
    c -= select(0u, C, c >= C);
  }
}
