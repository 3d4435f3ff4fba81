// transpose: permutes axes; shapes are filled up with 1 in front to four axes. Four elements a thread. Copies bits.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D1: u32, // y's axes after the first
  D2: u32,
  D3: u32,
  X0: u32, // strides of x along y's axes
  X1: u32,
  X2: u32,
  X3: u32,
  S0: u32, // y's index 64 elements on
  S1: u32,
  S2: u32,
  S3: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let e2 = first / sizes.D3;
  let e1 = e2 / sizes.D2;
  var d0 = e1 / sizes.D1;
  var d1 = e1 - d0 * sizes.D1;
  var d2 = e2 - e1 * sizes.D2;
  var d3 = first - e2 * sizes.D3;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) { y[e] = x[d0 * sizes.X0 + d1 * sizes.X1 + d2 * sizes.X2 + d3 * sizes.X3]; }
    d3 += sizes.S3;
    let carry3 = d3 >= sizes.D3;
    d3 -= select(0u, sizes.D3, carry3);
    d2 += sizes.S2 + u32(carry3);
    let carry2 = d2 >= sizes.D2;
    d2 -= select(0u, sizes.D2, carry2);
    d1 += sizes.S1 + u32(carry2);
    let carry1 = d1 >= sizes.D1;
    d1 -= select(0u, sizes.D1, carry1);
    d0 += sizes.S0 + u32(carry1);
  }
}
