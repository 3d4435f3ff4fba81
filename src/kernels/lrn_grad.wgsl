// lrnGrad: dx = dy / s^beta - 2 * alpha * beta * x * (sum of dy * x / s^(beta + 1) over channels c - radius ... c + radius), with s = bias +
// alpha * sum of x^2 over the neighbours of each. One thread: four elements.

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
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let C = sizes.C;
  let radius = sizes.radius;
  var c = first % C;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&dx)) {
      let pixel = e - c; // channel 0
      let last = C - 1u;
      var total = 0.0;
      var own = 0.0; // 1 / s^beta of this channel
      for (var j = c - min(c, radius); j <= c + min(last - c, radius); j++) {
        var sum = 0.0;
        for (var d = j - min(j, radius); d <= j + min(last - j, radius); d++) { sum += x[pixel + d] * x[pixel + d]; }
        let s = sizes.bias + sizes.alpha * sum;
        let power = exp2(-sizes.beta * log2(s));
        total += dy[pixel + j] * x[pixel + j] * power / s;
        if (j == c) { own = power; }
      }
      dx[e] = dy[e] * own - 2.0 * sizes.alpha * sizes.beta * x[e] * total;
    }
    c += sizes.step;
    c -= select(0u, C, c >= C);
  }
}
