// transpose: permutes axes; shapes are filled up with 1 in front to four axes. Four elements a thread. Copies bits.
const SIZE: u32 = 1024u; // elements
const D1: u32 = 8u; // y's axes after the first
const D2: u32 = 8u;
const D3: u32 = 16u;
const X0: u32 = 1024u; // strides of x along y's axes
const X1: u32 = 1u;
const X2: u32 = 8u;
const X3: u32 = 64u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < SIZE) {
      let d3 = e % D3;
      let d2 = e / D3 % D2;
      let d1 = e / (D3 * D2) % D1;
      let d0 = e / (D3 * D2 * D1);
      y[e] = x[d0 * X0 + d1 * X1 + d2 * X2 + d3 * X3];
    }
  }
}
