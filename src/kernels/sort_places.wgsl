// sortPlaces of the rows of [N,C]: where the first K of each row lie when it is in order, equals as they come. NaN is larger than any number.
// One thread counts how many of its row come before its element: that is the element's rank.
const DESCENDING: bool = false;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  count: u32, // elements of x
  C: u32, // values a row
  K: u32, // of which so many are told
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

fn smaller(u: f32, v: f32) -> bool { return select(u < v, !isNan(u), isNan(v)) && !isNan(u); }

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= sizes.count) { return; }
  let row = e / sizes.C;
  let begin = row * sizes.C;
  let own = x[e];
  var rank = 0u;
  for (var i = begin; i < begin + sizes.C; i++) {
    let v = x[i];
    let before = select(smaller(v, own), smaller(own, v), DESCENDING);
    let after = select(smaller(own, v), smaller(v, own), DESCENDING);
    if (before || (!after && i < e)) { rank++; }
  }
  if (rank < sizes.K) { y[row * sizes.K + rank] = f32(e - begin); }
}
