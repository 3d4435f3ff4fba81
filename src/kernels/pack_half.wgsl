// packHalf: rows as halves (f16, IEEE 754 binary16), two in a word, the first in its lower bits; a last one alone has 0 beside it. Rounded to the
// nearest, ties to even, by the bits: WGSL's own conversion may round either way, and says nothing of what is too large. Four words a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values a row
  W: u32, // words a row
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// Bits of the half for those of an f32. From 65520 on it is infinite; NaN stays NaN.
fn half(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let a = bits & 0x7fffffffu;
  if (a > 0x7f800000u) { return sign | 0x7e00u; }
  if (a >= 0x477ff000u) { return sign | 0x7c00u; }
  if (a >= 0x38800000u) { return sign | ((a - 0x38000000u + 0xfffu + ((a >> 13u) & 1u)) >> 13u); }
  // Below 2^-14: so many times 2^-24.
  let exponent = a >> 23u;
  if (exponent < 102u) { return sign; }
  let m = (a & 0x7fffffu) | 0x800000u;
  let shift = 126u - exponent;
  let q = m >> shift;
  let tie = 1u << (shift - 1u);
  let rest = m & (2u * tie - 1u);
  return sign | (q + select(0u, 1u, rest > tie || (rest == tie && (q & 1u) == 1u)));
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) {
      let row = e / sizes.W;
      let d = 2u * (e - row * sizes.W);
      let at = row * sizes.D + d;
      var word = half(x[at]);
      if (d + 1u < sizes.D) { word |= half(x[at + 1u]) << 16u; }
      y[e] = word;
    }
  }
}
