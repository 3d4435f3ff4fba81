// combine: y = act(a (KIND) b), elementwise, axes of size 1 repeated. Four elements a thread.
// maximum and minimum give NaN where either is NaN, which the comparison alone would not.
const KIND: u32 = 0u; // 0 add, 1 subtract, 2 multiply, 3 maximum, 4 minimum, 5 greater or equal, 6 less, 7 divide, 8 power, 9 equal, 10 keep
const RANK: u32 = 4u; // axes that differ in how a and b go along them

alias Vec = f32;
alias VecBits = u32;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  relu: u32,
  size0: u32, // of y's axes, the innermost first
  size1: u32,
  size2: u32,
  a0: u32, // from an element to the next along each axis, 0 along one that is repeated
  a1: u32,
  a2: u32,
  a3: u32,
  b0: u32,
  b1: u32,
  b2: u32,
  b3: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Vec>;
@group(0) @binding(1) var<storage, read> b: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
fn activate(v: Vec) -> Vec { return select(v, 0.0, bitcast<VecBits>(v) - 0x80000000u < sizes.relu * 0x7f800001u); }

fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

// As C has it: NaN for a finite negative number to a power that is not whole; 1 for any to the power 0, and for 1 to any.
fn power(u: f32, v: f32) -> f32 {
  let size = abs(u);
  var p = pow(size, v);
  if (size == 0.0) { p = select(0.0, bitcast<f32>(sizes.relu * 0u + 0x7f800000u), v < 0.0); }
  if (v == 0.0 || bitcast<u32>(u) == 0x3f800000u) { return 1.0; }
  if (isNan(u) || isNan(v)) { return u + v; }
  let whole = floor(v) == v;
  let odd = whole && abs(v) < 16777216.0 && (i32(v) & 1) != 0;
  let nan = bitcast<f32>(sizes.relu * 0u + 0x7fc00000u); // of what is no constant, which NaN may not be
  return select(p, select(nan, select(p, -p, odd), whole || bitcast<u32>(size) == 0x7f800000u), u < 0.0);
}

fn f(u: f32, v: f32) -> f32 {
  if (KIND == 0u) { return u + v; }
  if (KIND == 1u) { return u - v; }
  if (KIND == 2u) { return u * v; }
  if (KIND == 7u) { return u / v; }
  if (KIND == 8u) { return power(u, v); }
  if (KIND == 5u) { return select(0.0, 1.0, u >= v); }
  if (KIND == 6u) { return select(0.0, 1.0, u < v); }
  if (KIND == 9u) { return select(0.0, 1.0, u == v && !isNan(u) && !isNan(v)); }
  if (KIND == 10u) { return select(0.0, u, (bitcast<u32>(v) << 1u) != 0u); }
  let first = select((u < v), (u > v), KIND == 3u) | isNan(u);
  return select(v, u, first);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = start + i * 64u;
    if (e < arrayLength(&y)) {
      var at = vec2u(0u);
      var rest = e;
      if (RANK > 1u) {
        let next = rest / sizes.size0;
        at = (rest - next * sizes.size0) * vec2u(sizes.a0, sizes.b0);
        rest = next;
      }
      if (RANK > 2u) {
        let next = rest / sizes.size1;
        at += (rest - next * sizes.size1) * vec2u(sizes.a1, sizes.b1);
        rest = next;
      }
      if (RANK > 3u) {
        let next = rest / sizes.size2;
        at += (rest - next * sizes.size2) * vec2u(sizes.a2, sizes.b2);
        rest = next;
      }
      var outer = vec2u(sizes.a0, sizes.b0);
      if (RANK == 2u) { outer = vec2u(sizes.a1, sizes.b1); }
      if (RANK == 3u) { outer = vec2u(sizes.a2, sizes.b2); }
      if (RANK == 4u) { outer = vec2u(sizes.a3, sizes.b3); }
      at += rest * outer;
      y[e] = activate(f(a[at.x], b[at.y]));
    }
  }
}
