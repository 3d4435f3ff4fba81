// argMax of the rows of [N,K]: the place of the largest, the first of several. NaN, told by its bits, is larger than any number. One thread: one row.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  N: u32, // rows
  K: u32, // values a row
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (row >= sizes.N) { return; }
  let begin = row * sizes.K;
  var most = x[begin];
  var at = 0u;
  for (var k = 1u; k < sizes.K; k++) {
    let v = x[begin + k];
    if (!isNan(most) && (v > most || isNan(v))) {
      most = v;
      at = k;
    }
  }
  y[row] = f32(at);
}
