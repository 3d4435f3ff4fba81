// globalAvgPoolGrad: dx = dy / pixels at every pixel. One thread: one channel of a strip of sixteen pixels; lanes along the channels.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  pixels: u32, // H * W
  C: u32,
  blocks: u32, // ceil(pixels / 16)
  threads: u32, // N * blocks * C
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let strip = t / C;
  let c = t - strip * C;
  let n = strip / sizes.blocks;
  let begin = (strip - n * sizes.blocks) * 16u;
  let end = min(begin + 16u, sizes.pixels);
  let share = dy[n * C + c] / f32(sizes.pixels);
  var at = (n * sizes.pixels + begin) * C + c;
  for (var pixel = begin; pixel < end; pixel++) {
    dx[at] = share;
    at += C;
  }
}
