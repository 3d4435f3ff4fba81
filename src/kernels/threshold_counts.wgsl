// thresholdCounts: adds the weights of positives and negatives to the bucket that each prediction falls into. One lane a bucket and column:
// a workgroup goes through all values of its column in tiles, whose buckets its lanes find side by side.
const HARD: bool = true; // a target that is not 0 is 1

struct Sizes {
  base: u32, // first workgroup of this dispatch
  count: u32, // values of a column
  step: u32, // from a value of a column to the next
  first: u32, // of the first column
  each: u32, // values of a column that share a weight
  B: u32, // buckets
  groups: u32, // workgroups a column
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> buckets: array<u32, 64>;
var<workgroup> parts: array<vec2f, 64>; // weight of the positive, of the negative

fn bucketOf(v: f32) -> u32 { return select(0u, 1u, v > 0.5); }

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = wid.y * 65535u + wid.x + sizes.base;
  let column = group / sizes.groups;
  let bucket = (group - column * sizes.groups) * 64u + lane;
  var sum = vec2f(0.0);
  for (var tile = 0u; tile < sizes.count; tile += 64u) {
    let e = tile + lane;
    if (e < sizes.count) {
      let at = sizes.first + column + e * sizes.step;
      let goal = select(t[at], select(0.0, 1.0, t[at] != 0.0), HARD);
      let w = weight[e / sizes.each];
      buckets[lane] = bucketOf(y[at]);
      parts[lane] = select(vec2f(0.0), w * vec2f(goal, 1.0 - goal), w != 0.0);
    }
    workgroupBarrier();
    for (var i = 0u; i < min(64u, sizes.count - tile); i++) {
      if (buckets[i] == bucket) { sum += parts[i]; }
    }
    workgroupBarrier();
  }
  let to = column * sizes.B + bucket;
  if (bucket < sizes.B && to < arrayLength(&sums)) { sums[to] += sum; }
}
