// unary: y = f(x), elementwise. NaN gives NaN. What is not finite, or gives what is not, is told by its bits. Four elements a thread.
const KIND: u32 = 0u; // 0 absolute value, 1 square root, 2 its reciprocal, 3 logarithm, 4 sign, 5 floor, 6 ceil, 7 nearest, half to even

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

const INFINITY: u32 = 0x7f800000u;
const NAN: u32 = 0x7fc00000u;

fn f(bits: u32) -> u32 {
  let v = bitcast<f32>(bits);
  let magnitude = bits & 0x7fffffffu;
  if (KIND == 0u) { return magnitude; }
  if (magnitude > INFINITY) { return bits; }
  if (KIND == 4u) { return select((bits & 0x80000000u) | 0x3f800000u, bits, magnitude == 0u); }
  if (KIND > 4u) {
    if (magnitude >= 0x4b000000u) { return bits; } // from 2^23 on all are whole numbers
    if (KIND == 5u) { return bitcast<u32>(floor(v)); }
    return bitcast<u32>(select(round(v), ceil(v), KIND == 6u));
  }
  if (magnitude == 0u) { return select(select(bits | INFINITY, 0xff800000u, KIND == 3u), bits, KIND == 1u); }
  if (bits >= 0x80000000u) { return NAN; }
  if (magnitude == INFINITY) { return select(bits, 0u, KIND == 2u); }
  if (KIND == 1u) { return bitcast<u32>(sqrt(v)); }
  return bitcast<u32>(select(log(v), inverseSqrt(v), KIND == 2u));
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) { y[e] = f(x[e]); }
  }
}
