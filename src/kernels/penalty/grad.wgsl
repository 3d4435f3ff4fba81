// penaltyGrad of [N,M]: dx = dy of the row * (l1 * sign(x) + 2 * l2 * x). Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  M: u32, // values a row
  l1: f32,
  l2: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&dx)) { dx[e] = dy[e / sizes.M] * (sizes.l1 * sign(x[e]) + 2.0 * sizes.l2 * x[e]); }
  }
}
