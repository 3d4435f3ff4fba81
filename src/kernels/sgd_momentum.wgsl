// sgdMomentum: velocity = momentum * velocity - learning rate * g; w += velocity, or one step ahead. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  momentum: f32,
  nesterov: u32, // 1: one step ahead
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> hyper: array<f32>;
@group(0) @binding(2) var<storage, read_write> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let ahead = sizes.nesterov != 0u;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&w)) {
      let step = hyper[0] * g[e];
      let next = sizes.momentum * velocity[e] - step;
      velocity[e] = next;
      w[e] += select(next, sizes.momentum * next - step, ahead);
    }
  }
}
