// globalAvgPool: the mean of each channel over all pixels. One thread: one channel of one image; lanes along the channels.
// Four running sums, pixel i in sum i % 4, so that four loads are under way at once; added up in a fixed order.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  pixels: u32, // H * W
  C: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= arrayLength(&y)) { return; }
  let pixels = sizes.pixels;
  let C = sizes.C;
  let n = t / C;
  var at = n * (pixels - 1u) * C + t;
  var sums = vec4f(0.0);
  let fours = pixels / 4u;
  let steps = vec3u(C, 2u * C, 3u * C);
  let step = 4u * C;
  for (var i = 0u; i < fours; i++) {
    let a = vec3u(at) + steps;
    sums += vec4f(x[at], x[a.x], x[a.y], x[a.z]);
    at += step;
  }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  let rest = pixels % 4u;
  for (var i = 0u; i < rest; i++) {
    sum += x[at];
    at += C;
  }
  y[t] = sum / f32(pixels);
}
