// The product by input of a convolution without barriers: a thread keeps ROWS pixels of one row and COLUMNS vectors of channels of y = dx in
// registers. A workgroup's lanes lie along the channels only, so what they read of a = dy is the same for all of them; b = w.
// The pixels that one remainder by the stride is left of meet the same taps: each such phase has threads of its own.
//
// This file is the tile of one pixel and one vector. grad_x.ts writes larger ones out of it by repeating every line that names i0 (pixel) or
// j0 (vector); e0 is one of a vector's four channels.
const ROWS: u32 = 1u;
const COLUMNS: u32 = 1u;
const LANES: u32 = 8u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  groups: u32, // workgroups
  tiles: u32, // tiles of a row of pixels of a phase
  parts: u32, // groups of channels
  blocksN: u32, // workgroups along the channels of a group
  gridH: u32, // pixels of a phase, down and across
  gridW: u32,
  P: u32, // height, width and channels of dy
  Q: u32,
  K: u32,
  Kg: u32, // filters and channels of a group
  Cg: u32,
  C: u32, // height, width and channels of dx
  H: u32,
  W: u32,
  R: u32, // filter
  S: u32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  padTop: i32,
  padLeft: i32,
  scaled: u32, // 1: the sum is multiplied by scale, and so on
  biased: u32,
  added: u32,
  relu: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read> scale: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

alias VecY = f32;
alias VecYBits = u32;

// max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
fn activate(v: VecY) -> VecY { return select(v, VecY(0.0), bitcast<VecYBits>(v) - VecYBits(0x80000000u) < VecYBits(sizes.relu * 0x7f800001u)); }

// The sum as it becomes y's element `at`, in this column of all.
fn epilogue(sum: VecY, at: u32, column: u32) -> VecY {
  var v = sum;
  if (sizes.scaled != 0u) { v *= scale[column]; }
  if (sizes.biased != 0u) { v += bias[column]; }
  if (sizes.added != 0u) { v += residual[at]; }
  return activate(v);
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * 65535u + wid.x + sizes.base;
  if (number >= sizes.groups) { return; }
  let across = number % sizes.blocksN;
  let line = number / sizes.blocksN;
  let tile = line % sizes.tiles;
  let gh = line / sizes.tiles % sizes.gridH;
  let rest = line / sizes.tiles / sizes.gridH;
  let part = rest % sizes.parts;
  let phases = u32(sizes.strideH * sizes.strideW);
  let phase = i32(rest / sizes.parts % phases);
  let n = rest / sizes.parts / phases;
  let u = phase / sizes.strideW;
  let v = phase % sizes.strideW;
  let leadH = u + sizes.padTop;
  let leadW = v + sizes.padLeft;
  // Taps at these remainders by the strides lead from this phase to a pixel of dy.
  let firstR = (leadH % sizes.strideH + sizes.strideH) % sizes.strideH;
  let firstS = (leadW % sizes.strideW + sizes.strideW) % sizes.strideW;
  let first = (across * COLUMNS * LANES + lane) * 4u;
  let depth = sizes.Kg;
  let c_j0_e0 = min(first + 0u/*j*/ * LANES * 4u + 0u/*e*/, sizes.Cg - 1u) * sizes.K + part * depth;
  var sum_i0_j0 = vec4f(0.0);
  for (var r = firstR; r < i32(sizes.R); r += sizes.strideH) {
    // Whole: strides and dilations exclude each other.
    let p = i32(gh) + (leadH - r * sizes.dilationH) / sizes.strideH;
    if ((p < 0i) | (p >= i32(sizes.P))) { continue; }
    let row = (n * sizes.P + u32(p)) * sizes.Q;
    for (var s = firstS; s < i32(sizes.S); s += sizes.strideW) {
      let q_i0 = i32(tile * ROWS + 0u/*i*/) + (leadW - s * sizes.dilationW) / sizes.strideW;
      let ok_i0 = (q_i0 >= 0i) & (q_i0 < i32(sizes.Q));
      let at_i0 = (row + u32(clamp(q_i0, 0i, i32(sizes.Q) - 1i))) * sizes.K + part * depth;
      let tap = (u32(r) * sizes.S + u32(s)) * sizes.Cg * sizes.K;
      let to_j0_e0 = tap + c_j0_e0;
      for (var k = 0u; k < depth; k++) {
        let a_i0 = vec4f(select(0.0, a[at_i0 + k], ok_i0));
        var b_j0 = vec4f(0.0);
        b_j0[0u/*e*/] = b[to_j0_e0 + k];
        sum_i0_j0 = fma(a_i0, b_j0, sum_i0_j0);
      }
    }
  }
  // In a loop, since the stores written out take longer to compile than all the rest.
  var sums: array<vec4f, ROWS * COLUMNS>;
  sums[0u/*i*/ * COLUMNS + 0u/*j*/] = sum_i0_j0;
  let h = gh * u32(sizes.strideH) + u32(u);
  if (h >= sizes.H) { return; }
  for (var i = 0u; i < ROWS; i++) {
    let w = (tile * ROWS + i) * u32(sizes.strideW) + u32(v);
    if ((tile * ROWS + i >= sizes.gridW) | (w >= sizes.W)) { return; }
    for (var j = 0u; j < COLUMNS; j++) {
      for (var e = 0u; e < 4u; e++) {
        let c = first + j * LANES * 4u + e;
        if (c >= sizes.Cg) { break; }
        let channel = part * sizes.Cg + c;
        let at = ((n * sizes.H + h) * sizes.W + w) * sizes.C + channel;
        y[at] = epilogue(sums[i * COLUMNS + j][e], at, channel);
      }
    }
  }
}
