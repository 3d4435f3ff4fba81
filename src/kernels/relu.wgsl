// relu: y = max(x, 0), elementwise. Any shape, flattened; four elements a thread, strided by the workgroup's share.
// On bits: max(x, 0) may turn NaN into 0.
const SIZE: u32 = 1024u; // elements

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
    if (e < SIZE) { y[e] = select(x[e], 0u, x[e] - 0x80000000u <= 0x7f800000u); } // -0 to -Inf
  }
}
