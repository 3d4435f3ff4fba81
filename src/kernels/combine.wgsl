// combine: y = a (KIND) b, elementwise, axes of size 1 repeated. Shapes are filled up with 1 in front to four axes. Four elements a thread.
// maximum and minimum give NaN where either is NaN, which the comparison alone would not.
const SIZE: u32 = 1024u; // elements of y
const KIND: u32 = 0u; // 0 add, 1 subtract, 2 multiply, 3 maximum, 4 minimum
const PLAIN: bool = false; // a and b have the shape of y
const D1: u32 = 8u; // y's axes after the first
const D2: u32 = 8u;
const D3: u32 = 16u;
const A0: u32 = 1024u; // strides of a, 0 along an axis that is repeated
const A1: u32 = 128u;
const A2: u32 = 16u;
const A3: u32 = 1u;
const B0: u32 = 16u; // of b
const B1: u32 = 0u;
const B2: u32 = 0u;
const B3: u32 = 1u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

fn f(u: f32, v: f32) -> f32 {
  if (KIND == 0u) { return u + v; }
  if (KIND == 1u) { return u - v; }
  if (KIND == 2u) { return u * v; }
  let first = select((u < v), (u > v), KIND == 3u) | isNan(u);
  return select(v, u, first);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = start + i * 64u;
    if (e < SIZE) {
      var atA = e;
      var atB = e;
      if (!PLAIN) {
        let d3 = e % D3;
        let d2 = e / D3 % D2;
        let d1 = e / (D3 * D2) % D1;
        let d0 = e / (D3 * D2 * D1);
        atA = d0 * A0 + d1 * A1 + d2 * A2 + d3 * A3;
        atB = d0 * B0 + d1 * B1 + d2 * B2 + d3 * B3;
      }
      y[e] = bitcast<u32>(f(a[atA], b[atB]));
    }
  }
}
