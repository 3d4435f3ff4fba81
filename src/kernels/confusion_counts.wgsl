// confusionCounts: adds the weight of each row at the place of its largest target and its largest score. One lane a row of the sums: a workgroup
// goes through all rows in tiles, whose largest its lanes find side by side.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  R: u32, // rows
  K: u32, // classes
  each: u32, // rows that share a weight
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> places: array<vec2u, 64>; // of the largest target, of the largest score
var<workgroup> weights: array<f32, 64>;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let own = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  let K = sizes.K;
  for (var tile = 0u; tile < sizes.R; tile += 64u) {
    let row = tile + lane;
    if (row < sizes.R) {
      let begin = row * K;
      var most = vec2f(t[begin], y[begin]);
      var at = vec2u(0u);
      for (var k = 1u; k < K; k++) {
        let v = vec2f(t[begin + k], y[begin + k]);
        at = select(at, vec2u(k), v > most);
        most = select(most, v, v > most);
      }
      places[lane] = at;
      weights[lane] = weight[row / sizes.each];
    }
    workgroupBarrier();
    if (own < K) {
      for (var i = 0u; i < min(64u, sizes.R - tile); i++) {
        if (places[i].x == own && weights[i] != 0.0) { sums[own * K + places[i].y] += weights[i]; }
      }
    }
    workgroupBarrier();
  }
}
