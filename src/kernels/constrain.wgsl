// constrain: w, as [A,R,B], times what brings the length along R into its bounds; or without what is below 0. One thread a value.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  R: u32,
  B: u32,
  low: f32, // bounds of the length
  high: f32,
  rate: f32, // how much of the way to them
  positive: u32, // 1: values below 0 become 0, and lengths stay
}

@group(0) @binding(0) var<storage, read> squares: array<f32>;
@group(0) @binding(1) var<storage, read_write> w: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&w)) { return; }
  if (sizes.positive == 1u) {
    w[e] = max(w[e], 0.0);
    return;
  }
  let length = sqrt(squares[e / (sizes.R * sizes.B) * sizes.B + e % sizes.B]);
  let wanted = sizes.rate * clamp(length, sizes.low, sizes.high) + (1.0 - sizes.rate) * length;
  w[e] *= wanted / (1e-7 + length);
}
