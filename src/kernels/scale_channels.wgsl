// scaleChannels: y = w * scale. One thread: one channel of eight rows.
const ROWS: u32 = 64u; // product of the leading axes
const K: u32 = 16u;
const THREADS: u32 = 128u;

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x) * 64u + lane;
  if (t >= THREADS) { return; }
  let k = t % K;
  let begin = t / K * 8u;
  let end = min(begin + 8u, ROWS);
  let factor = scale[k];
  for (var row = begin; row < end; row++) { y[row * K + k] = w[row * K + k] * factor; }
}
