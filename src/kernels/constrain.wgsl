// constrain: w, as [A,R,B], times what brings the length along R into its bounds; or without what is below 0. One thread a vector along R.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  A: u32,
  R: u32,
  B: u32,
  low: f32, // bounds of the length
  high: f32,
  rate: f32, // how much of the way to them
  positive: u32, // 1: values below 0 become 0, and lengths stay
}

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  let a = e / sizes.B;
  if (a >= sizes.A) { return; }
  let first = a * sizes.R * sizes.B + (e - a * sizes.B);
  var square = 0.0;
  for (var r = 0u; r < sizes.R; r++) {
    let v = w[first + r * sizes.B];
    square += v * v;
  }
  let length = sqrt(square);
  let wanted = sizes.rate * clamp(length, sizes.low, sizes.high) + (1.0 - sizes.rate) * length;
  let factor = wanted / (1e-7 + length);
  for (var r = 0u; r < sizes.R; r++) {
    let at = first + r * sizes.B;
    w[at] = select(w[at] * factor, max(w[at], 0.0), sizes.positive == 1u);
  }
}
