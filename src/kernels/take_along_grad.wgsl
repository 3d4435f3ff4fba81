// takeAlongGrad: dx[n,c] = the sum of dy[n,k] over the k whose index is c. One thread: one element of dx.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  C: u32, // values a row of dx
  K: u32, // values a row of dy
}

@group(0) @binding(0) var<storage, read> index: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&dx)) { return; }
  let row = e / sizes.C;
  let place = f32(e - row * sizes.C);
  var sum = 0.0;
  for (var k = row * sizes.K; k < (row + 1u) * sizes.K; k++) { sum += select(0.0, dy[k], index[k] == place); }
  dx[e] = sum;
}
