// gaussianNoise: y = x + noise or x * (1 + noise), normal with mean 0. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  each: u32, // values of one sample
  salt: u32,
  stddev: f32,
  added: u32, // 1: added, 0: multiplied by
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

// The value that a normal number is below with probability q + 1/2, for |q| up to 1/2 - 2^-25: PPND7 of AS 241 (Wichura 1988), to a part in 10^7.
// No sines, which WGSL wants to three digits only, and logarithms of small numbers alone, which it wants exact.
fn quantile(q: f32) -> f32 {
  if (abs(q) <= 0.425) {
    let r = 0.180625 - q * q;
    return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
      / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0);
  }
  let r = sqrt(-log(0.5 - abs(q))) - 1.6;
  let tail = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) / ((0.12021132975 * r + 0.73700164250) * r + 1.0);
  return select(tail, -tail, q < 0.0);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let key = pcg(seed[0] + pcg(sizes.salt));
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e >= arrayLength(&y)) { return; }
    // In the middle of one of 2^24 parts from -1/2 to 1/2, exactly.
    let q = (f32(pcg(pcg(seed[1] * sizes.each + e) + key) >> 8u) - 8388608.0 + 0.5) * 0x1p-24;
    let noise = sizes.stddev * quantile(q);
    y[e] = select(x[e] + x[e] * noise, x[e] + noise, sizes.added != 0u);
  }
}
