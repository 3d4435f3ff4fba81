// erase: y = fill inside of a rectangle of each sample where it is to be erased, else x. From numbers [N,6]: shares of the area of width and
// height, where left and top edge lie (of what room there is), the probability, and what must be below it. One thread: one pixel, four channels
// CG apart.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32,
  W: u32,
  C: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
  salt: u32,
  noise: u32, // normal noise of this deviation `high` instead of the fill
  fill0: f32, // of channels, the last for all others
  fill1: f32,
  fill2: f32,
  low: f32, // of values
  high: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> numbers: array<f32>;
@group(0) @binding(2) var<storage, read> seed: array<u32>; // and rows of the batch before these
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// PCG-RXS-M-XS of a 32-bit state after one step (O'Neill 2014; as a hash in Jarzynski and Olano 2020, jcgt.org/published/0009/03/02).
fn pcg(v: vec4u) -> vec4u {
  let state = v * 747796405u + 2891336453u;
  let word = ((state >> ((state >> vec4u(28u)) + 4u)) ^ state) * 277803737u;
  return (word >> vec4u(22u)) ^ word;
}

fn uniforms(e: vec4u, key: vec4u) -> vec4f { return vec4f(pcg(pcg(e) + key) >> vec4u(8u)) * 0x1p-24; }

// Box and Muller's normal numbers, of two hashes each.
fn normals(e: vec4u) -> vec4f {
  let key = pcg(vec4u(seed[0]) + pcg(vec4u(sizes.salt)));
  let r = sqrt(-2.0 * log(1.0 - uniforms(2u * e, key)));
  return r * cos(6.28318530718 * (uniforms(2u * e + 1u, key) - 0.5));
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let line = pixel / sizes.W;
  let w = pixel - line * sizes.W;
  let n = line / sizes.H;
  let h = line - n * sizes.H;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again, store nothing
  let at = vec4u(pixel * C) + c;

  let m = 6u * n;
  let size = vec2f(f32(sizes.W), f32(sizes.H));
  let extent = sqrt(vec2f(numbers[m], numbers[m + 1u])) * size;
  let low = vec2f(numbers[m + 2u], numbers[m + 3u]) * (size - extent);
  let place = vec2f(f32(w), f32(h));
  let within = all(place >= low) && all(place < low + extent);
  var value: vec4f;
  if (within && numbers[m + 5u] < numbers[m + 4u]) {
    value = vec4f(sizes.fill0, sizes.fill1, sizes.fill2, sizes.fill2);
    if (sizes.noise != 0u) { value = normals(seed[1] * sizes.H * sizes.W * C + at) * sizes.high; }
    value = clamp(value, vec4f(sizes.low), vec4f(sizes.high));
  } else {
    value = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
  }
  let to = pixel * C + k;
  y[to] = value.x;
  if (k + CG < C) { y[to + CG] = value.y; }
  if (k + 2u * CG < C) { y[to + 2u * CG] = value.z; }
  if (k + 3u * CG < C) { y[to + 3u * CG] = value.w; }
}
