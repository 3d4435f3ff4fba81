// takeAlong of the rows of [N,C]: y[n,k] = x[n, index[n,k]]. One thread: one element of y.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  C: u32, // values a row of x
  K: u32, // values a row of y
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&y)) { return; }
  y[e] = x[e / sizes.K * sizes.C + min(u32(index[e]), sizes.C - 1u)];
}
