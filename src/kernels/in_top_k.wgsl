// inTopK of the rows of [N,K]: 1 where fewer than k scores are above that of the largest target. One thread: one row.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  K: u32, // scores a row
  k: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (row >= arrayLength(&y)) { return; }
  let begin = row * sizes.K;
  var most = t[begin];
  var at = begin;
  for (var i = begin + 1u; i < begin + sizes.K; i++) {
    if (t[i] > most) { most = t[i]; at = i; }
  }
  let own = x[at];
  let known = (bitcast<u32>(own) & 0x7fffffffu) <= 0x7f800000u; // no NaN
  var above = 0u;
  for (var i = begin; i < begin + sizes.K; i++) {
    if (x[i] > own) { above++; }
  }
  y[row] = select(0.0, 1.0, known & (above < sizes.k));
}
