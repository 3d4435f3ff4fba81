// prelu: y = x where x is positive, else alpha * x. alpha is repeated. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  step: u32, // 64 modulo the elements of alpha
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> alpha: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let period = arrayLength(&alpha);
  var at = first % period;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) { y[e] = select(x[e] * alpha[at], x[e], x[e] > 0.0); }
    at += sizes.step;
    at -= select(0u, period, at >= period);
  }
}
