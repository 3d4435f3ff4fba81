// unpackHalf: rows of halves (f16), two in a word, the first in its lower bits, as f32 of the same values, by the bits: WGSL's own conversion may lose
// the smallest. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values a row
  W: u32, // words a row
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Bits of the f32 of a half's.
fn whole(bits: u32) -> u32 {
  let sign = (bits & 0x8000u) << 16u;
  let exponent = (bits >> 10u) & 0x1fu;
  let m = bits & 0x3ffu;
  if (exponent == 31u) { return sign | 0x7f800000u | (m << 13u); }
  if (exponent > 0u) { return sign | ((exponent + 112u) << 23u) | (m << 13u); }
  if (m == 0u) { return sign; }
  let top = firstLeadingBit(m);
  return sign | ((top + 103u) << 23u) | ((m << (23u - top)) & 0x7fffffu);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) {
      let row = e / sizes.D;
      let d = e - row * sizes.D;
      let word = x[row * sizes.W + (d >> 1u)];
      y[e] = whole((word >> (16u * (d & 1u))) & 0xffffu);
    }
  }
}
