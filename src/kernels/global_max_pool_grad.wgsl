// globalMaxPoolGrad: dx = dy / (pixels that equal the maximum) at each of these, else 0. One thread: one channel of one image; lanes along
// the channels. A maximum that is NaN gives NaN everywhere. All is told by bits, since floats may lose NaN and infinity.
const QUIET_NAN: u32 = 0x7fc00000u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  pixels: u32, // H * W
  C: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> y: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<u32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn equal(a: u32, b: u32) -> bool {
  return a == b || ((a | b) & 0x7fffffffu) == 0u; // zeros of both signs
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= arrayLength(&y)) { return; }
  let pixels = sizes.pixels;
  let C = sizes.C;
  let n = t / C;
  let first = n * (pixels - 1u) * C + t;
  let best = y[t];
  var count = 0u;
  var at = first;
  for (var i = 0u; i < pixels; i++) {
    count += u32(equal(x[at], best));
    at += C;
  }
  let bad = (best & 0x7fffffffu) > 0x7f800000u;
  let share = select(bitcast<u32>(dy[t] / f32(max(count, 1u))), QUIET_NAN, bad);
  at = first;
  for (var i = 0u; i < pixels; i++) {
    dx[at] = select(0u, share, bad || equal(x[at], best));
    at += C;
  }
}
