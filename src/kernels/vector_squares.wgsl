// vectorSquares: the sum of squares of each vector along R of w, as [A,R,B]. One thread a vector.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  R: u32,
  B: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&y)) { return; }
  let a = e / sizes.B;
  let first = a * sizes.R * sizes.B + (e - a * sizes.B);
  var square = 0.0;
  for (var r = 0u; r < sizes.R; r++) {
    let v = w[first + r * sizes.B];
    square += v * v;
  }
  y[e] = square;
}
