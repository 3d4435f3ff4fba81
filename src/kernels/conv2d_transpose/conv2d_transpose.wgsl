// conv2dTranspose: every input pixel adds its filter to the output, here gathered. One thread: one output pixel and filter.
const H: u32 = 8u; // input
const W: u32 = 8u;
const C: u32 = 8u;
const R: u32 = 3u; // filter
const S: u32 = 3u;
const P: u32 = 16u; // output
const Q: u32 = 16u;
const K: u32 = 4u;
const STRIDE_H: u32 = 2u;
const STRIDE_W: u32 = 2u;
const TOP: u32 = 0u; // rows and columns cut off
const LEFT: u32 = 0u;
const THREADS: u32 = 1024u;
const HAS_BIAS: bool = false;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let k = t % K;
  let q = t / K % Q + LEFT;
  let p = t / (K * Q) % P + TOP;
  let n = t / (K * Q * P);
  var sum = 0.0;
  if (HAS_BIAS) { sum = b[k]; }
  // The taps that meet a pixel: every STRIDE-th, from the remainder of the position.
  for (var r = p % STRIDE_H; r < min(R, p + 1u); r += STRIDE_H) {
    let h = (p - r) / STRIDE_H;
    if (h >= H) { continue; }
    for (var s = q % STRIDE_W; s < min(S, q + 1u); s += STRIDE_W) {
      let v = (q - s) / STRIDE_W;
      if (v >= W) { continue; }
      let source = ((n * H + h) * W + v) * C;
      let tap = ((r * S + s) * K + k) * C;
      for (var c = 0u; c < C; c++) { sum = fma(x[source + c], w[tap + c], sum); }
    }
  }
  y[t] = sum;
}
