// globalAvgPool: the mean of each channel over all pixels. One thread: one channel of one image; lanes along the channels.
// Four running sums, pixel i in sum i % 4, so that four loads are under way at once; added up in a fixed order.
const PIXELS: u32 = 64u; // H * W
const C: u32 = 64u;
const THREADS: u32 = 64u; // N * C

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  var at = t / C * PIXELS * C + t % C;
  var sums = vec4f(0.0);
  for (var i = 0u; i < PIXELS / 4u; i++) {
    sums += vec4f(x[at], x[at + C], x[at + 2u * C], x[at + 3u * C]);
    at += 4u * C;
  }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  for (var i = 0u; i < PIXELS % 4u; i++) {
    sum += x[at];
    at += C;
  }
  y[t] = sum / f32(PIXELS);
}
