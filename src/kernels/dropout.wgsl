// dropout: y = dropped where the hash of (seed, salt, number of the draw) is below dropBelow, else x * scale + shift. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  alike: u32, // values of one draw, `inner` apart
  inner: u32,
  each: u32, // draws of one sample, 0 where samples share theirs
  salt: u32,
  dropBelow: u32, // rate * 2^32
  scale: f32, // of what is kept
  shift: f32,
  dropped: f32, // what is dropped becomes
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> seed: array<u32>; // and rows of the batch before these
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// PCG-RXS-M-XS of a 32-bit state after one step (O'Neill 2014; as a hash in Jarzynski and Olano 2020, jcgt.org/published/0009/03/02).
fn pcg(v: u32) -> u32 {
  let state = v * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let key = pcg(seed[0] + pcg(sizes.salt));
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e >= arrayLength(&y)) { return; }
    var draw = e;
    if (sizes.alike != 1u) { draw = e / (sizes.alike * sizes.inner) * sizes.inner + e % sizes.inner; }
    y[e] = select(x[e] * sizes.scale + sizes.shift, sizes.dropped, pcg(pcg(seed[1] * sizes.each + draw) + key) < sizes.dropBelow);
  }
}
