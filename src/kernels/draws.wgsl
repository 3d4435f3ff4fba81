// draws: random numbers [N,D], those of column d uniform from low to high of it. One a thread: a hash of (seed, salt, index in the batch).

struct Sizes {
  base: u32, // first workgroup of this dispatch
  salt: u32,
  D: u32,
  low0: f32,
  low1: f32,
  low2: f32,
  low3: f32,
  low4: f32,
  low5: f32,
  span0: f32, // high - low
  span1: f32,
  span2: f32,
  span3: f32,
  span4: f32,
  span5: f32,
}

@group(0) @binding(0) var<storage, read> seed: array<u32>; // and rows of the batch before these
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// PCG-RXS-M-XS of a 32-bit state after one step (O'Neill 2014; as a hash in Jarzynski and Olano 2020, jcgt.org/published/0009/03/02).
fn pcg(v: u32) -> u32 {
  let state = v * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&y)) { return; }
  var low = array<f32, 6>(sizes.low0, sizes.low1, sizes.low2, sizes.low3, sizes.low4, sizes.low5);
  var span = array<f32, 6>(sizes.span0, sizes.span1, sizes.span2, sizes.span3, sizes.span4, sizes.span5);
  let d = e % sizes.D;
  let u = f32(pcg(pcg(seed[1] * sizes.D + e) + pcg(seed[0] + pcg(sizes.salt))) >> 8u) * 0x1p-24; // in [0, 1), exactly
  y[e] = low[d] + u * span[d];
}
