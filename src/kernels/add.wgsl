// add: y = a + b, elementwise, optionally through relu. Any shape, flattened; four elements a thread.
// The output is written as bits: max(v, 0) may turn NaN into 0, the integer test below does not.
const SIZE: u32 = 1024u; // elements
const RELU: bool = false;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < SIZE) {
      let bits = bitcast<u32>(a[e] + b[e]);
      // -0 to -Inf are the bits 0x80000000 to 0xff800000
      y[e] = select(bits, 0u, RELU && bits - 0x80000000u <= 0x7f800000u);
    }
  }
}
