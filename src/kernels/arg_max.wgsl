// argMax of the rows of [N,K]: the place of the largest, or of the smallest, the first of several. NaN goes before any number. One thread: one row.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // values a row
  smallest: u32, // 1: the smallest
  zeros: u32, // 1: -0 is below 0, and not the same
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// By the bits of a value, a whole number that is larger where the value goes before.
fn order(bits: u32) -> i32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0x7fffffff; } // NaN
  let negative = i32(bits >> 31u);
  let signed = select(i32(magnitude), -i32(magnitude) - i32(sizes.zeros), negative == 1);
  return select(signed, -signed, sizes.smallest == 1u);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (row >= sizes.N) { return; }
  let begin = row * sizes.K;
  var most = order(x[begin]);
  var at = 0u;
  for (var k = 1u; k < sizes.K; k++) {
    let own = order(x[begin + k]);
    if (own > most) {
      most = own;
      at = k;
    }
  }
  y[row] = f32(at);
}
