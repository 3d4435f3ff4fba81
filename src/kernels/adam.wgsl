// adam: one step of one weight. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  rate1: f32, // 1 - beta1
  rate2: f32, // 1 - beta2
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> hyper: array<f32>;
@group(0) @binding(2) var<storage, read_write> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let step = hyper[0];
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&w)) {
      let d = g[e];
      let m0 = m[e];
      let v0 = v[e];
      let m1 = m0 + (d - m0) * sizes.rate1;
      let v1 = v0 + (d * d - v0) * sizes.rate2;
      m[e] = m1;
      v[e] = v1;
      w[e] -= m1 * step / (sqrt(v1) + sizes.epsilon);
    }
  }
}
