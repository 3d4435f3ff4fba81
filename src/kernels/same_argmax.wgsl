// sameArgmax of the rows of [N,K]. One thread: one row.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  K: u32, // scores a row
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (row >= arrayLength(&y)) { return; }
  let begin = row * sizes.K;
  var bestX = x[begin];
  var bestT = t[begin];
  var atX = 0u;
  var atT = 0u;
  for (var k = 1u; k < sizes.K; k++) {
    let vx = x[begin + k];
    let vt = t[begin + k];
    if (vx > bestX) { bestX = vx; atX = k; }
    if (vt > bestT) { bestT = vt; atT = k; }
  }
  y[row] = select(0.0, 1.0, atX == atT);
}
