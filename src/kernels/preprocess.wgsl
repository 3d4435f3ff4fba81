// preprocess: y = (x / DIVISOR - MEAN) / STD. One thread: three elements in a row, which are one pixel where MEAN and STD differ
// by channel. REVERSE turns RGB into BGR.
const SIZE: u32 = 192u; // elements
const REVERSE: bool = false;
const DIVISOR: f32 = 255.0f;
const MEAN0: f32 = 0.485f;
const MEAN1: f32 = 0.456f;
const MEAN2: f32 = 0.406f;
const HAS_STD: bool = true;
const STD0: f32 = 0.229f;
const STD1: f32 = 0.224f;
const STD2: f32 = 0.225f;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = ((wid.y * 65535u + wid.x + sizes.base) * 64u + lane) * 3u;
  if (at >= SIZE) { return; }
  let e = min(vec3u(at, at + 1u, at + 2u), vec3u(SIZE - 1u)); // past the end: read the last again, store nothing
  var v = vec3f(x[e.x], x[e.y], x[e.z]);
  if (REVERSE) { v = v.zyx; }
  if (DIVISOR != 1.0) { v = v / DIVISOR; }
  v -= vec3f(MEAN0, MEAN1, MEAN2);
  if (HAS_STD) { v /= vec3f(STD0, STD1, STD2); }
  y[at] = v.x;
  if (at + 1u < SIZE) { y[at + 1u] = v.y; }
  if (at + 2u < SIZE) { y[at + 2u] = v.z; }
}
