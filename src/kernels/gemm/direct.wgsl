// The forward product of a convolution, a thread for each vector of y: nothing is shared, so that it compiles in a fifth of the time of a
// block, and runs where the blocks of tiled.wgsl would be mostly empty. It adds up in their order and ends as they do: the bits are the same.
const THREADS: u32 = 64u; // of a workgroup

alias Vec = vec4f; // f32 where a group's channels are not whole vectors
alias VecBits = vec4u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  groups: u32, // workgroups
  count: u32, // vectors of y
  H: u32, // input
  W: u32,
  C: u32,
  R: u32, // filter
  S: u32,
  P: u32, // output
  Q: u32,
  Cg: u32, // input channels of one group
  KV: u32, // output channels, in vectors
  KgV: u32, // output channels of one group, in vectors
  strideH: u32,
  strideW: u32,
  dilationH: u32,
  dilationW: u32,
  padTop: i32,
  padLeft: i32,
  begin: u32, // first channel of x
  yRow: u32, // vectors from a pixel of y to the next
  yBegin: u32, // first of y's
  scaled: u32, // 1: the sum is multiplied by scale, and so on
  biased: u32,
  added: u32,
  relu: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<Vec>;
@group(0) @binding(2) var<storage, read> bias: array<Vec>;
@group(0) @binding(3) var<storage, read> residual: array<Vec>;
@group(0) @binding(4) var<storage, read> scale: array<Vec>;
@group(0) @binding(5) var<storage, read_write> y: array<Vec>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

// max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
fn activate(v: Vec) -> Vec { return select(v, Vec(0.0), bitcast<VecBits>(v) - VecBits(0x80000000u) < VecBits(sizes.relu * 0x7f800001u)); }

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * 65535u + wid.x + sizes.base;
  let id = number * THREADS + lane;
  if (number >= sizes.groups || id >= sizes.count) { return; }
  let kv = id % sizes.KV;
  let pixel = id / sizes.KV;
  let row = pixel / sizes.Q;
  let top = i32(row % sizes.P * sizes.strideH) - sizes.padTop;
  let left = i32(pixel % sizes.Q * sizes.strideW) - sizes.padLeft;
  let image = row / sizes.P * sizes.H;
  let channel = kv / sizes.KgV * sizes.Cg + sizes.begin;

  var sum = Vec(0.0);
  var to = kv;
  for (var r = 0u; r < sizes.R; r++) {
    let h = top + i32(r * sizes.dilationH);
    for (var s = 0u; s < sizes.S; s++) {
      let v = left + i32(s * sizes.dilationW);
      let inside = (u32(h) < sizes.H) & (u32(v) < sizes.W);
      let at = select(0u, ((image + u32(h)) * sizes.W + u32(v)) * sizes.C + channel, inside);
      for (var c = 0u; c < sizes.Cg; c++) {
        sum = fma(Vec(select(0.0, a[at + c], inside)), b[to], sum);
        to += sizes.KV;
      }
    }
  }

  var factor = Vec(1.0);
  var shift = Vec(0.0);
  if (sizes.scaled != 0u) { factor = scale[kv]; }
  if (sizes.biased != 0u) { shift = bias[kv]; }
  sum = fma(sum, factor, shift);
  if (sizes.added != 0u) { sum += residual[id]; }
  y[pixel * sizes.yRow + sizes.yBegin + kv] = activate(sum);
}
