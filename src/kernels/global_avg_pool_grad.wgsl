// globalAvgPoolGrad: dx = dy / PIXELS at every pixel. One thread: one channel of a block of eight pixels; lanes along the channels.
const PIXELS: u32 = 64u; // H * W
const C: u32 = 64u;
const BLOCKS: u32 = 8u; // ceil(PIXELS / 8)
const THREADS: u32 = 512u; // N * BLOCKS * C

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let c = t % C;
  let n = t / (C * BLOCKS);
  let begin = t / C % BLOCKS * 8u;
  let end = min(begin + 8u, PIXELS);
  let share = dy[n * C + c] / f32(PIXELS);
  for (var pixel = begin; pixel < end; pixel++) { dx[(n * PIXELS + pixel) * C + c] = share; }
}
