// stridedSlice: every so many elements along each axis, backwards where a step is negative. Four elements a thread. Copies bits.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D1: u32, // y's axes after the first
  D2: u32,
  D3: u32,
  begin: i32, // in x, the element that is y's first
  X0: i32, // from there on to the next along y's axes
  X1: i32,
  X2: i32,
  X3: i32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) {
      let e2 = e / sizes.D3;
      let e1 = e2 / sizes.D2;
      let d0 = e1 / sizes.D1;
      let d1 = i32(e1 - d0 * sizes.D1);
      let d2 = i32(e2 - e1 * sizes.D2);
      let d3 = i32(e - e2 * sizes.D3);
      y[e] = x[u32(sizes.begin + i32(d0) * sizes.X0 + d1 * sizes.X1 + d2 * sizes.X2 + d3 * sizes.X3)];
    }
  }
}
