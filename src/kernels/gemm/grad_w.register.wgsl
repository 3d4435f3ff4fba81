// The product by weight of a convolution without barriers: a thread keeps ROWS channels of one tap and COLUMNS vectors of filters of y = dw in
// registers. A workgroup's lanes lie along the filters only, so what they read of a = x is the same for all of them; b = dy. The sum runs over
// the output pixels whose tap meets a pixel of x.
//
// This file is the tile of one channel and one vector. grad_w.ts writes larger ones out of it by repeating every line that names i0 (channel)
// or j0 (vector).
const ROWS: u32 = 1u;
const COLUMNS: u32 = 1u;
const LANES: u32 = 8u;

alias Vec = vec4f; // f32 where a group's filters are not whole vectors

struct Sizes {
  base: u32, // first workgroup of this dispatch
  groups: u32, // workgroups
  N: u32, // batch
  H: u32, // x
  W: u32,
  C: u32,
  begin: u32, // first channel of x
  Cg: u32, // channels of a group
  tiles: u32, // tiles of a tap's channels
  R: u32, // filter
  S: u32,
  P: u32, // dy
  Q: u32,
  KV: u32, // filters, and those of a group, in vectors
  KgV: u32,
  lines: u32, // workgroups that have the same filters: what they read of dy stays in the cache
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  padTop: i32,
  padLeft: i32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// First and last plus one of `count` outputs whose tap, `lead` before them, meets one of `size` pixels.
fn range(lead: i32, stride: i32, size: i32, count: i32) -> vec2u {
  let last = size - 1i + lead;
  let rounded = lead + stride - 1i;
  let begin = clamp(rounded / stride, 0i, count);
  let past = select(0i, last / stride + 1i, last >= 0i);
  return vec2u(u32(begin), u32(clamp(past, begin, count)));
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * 65535u + wid.x + sizes.base;
  if (number >= sizes.groups) { return; }
  let across = number / sizes.lines;
  let line = number % sizes.lines;
  let c0 = line % sizes.tiles * ROWS;
  let s = line / sizes.tiles % sizes.S;
  let r = line / sizes.tiles / sizes.S % sizes.R;
  let part = line / sizes.tiles / sizes.S / sizes.R;
  let first = across * COLUMNS * LANES + lane;
  let kv_j0 = part * sizes.KgV + min(first + 0u/*j*/ * LANES, sizes.KgV - 1u);
  let c_i0 = sizes.begin + part * sizes.Cg + min(c0 + 0u/*i*/, sizes.Cg - 1u);
  let leadH = sizes.padTop - i32(r) * sizes.dilationH;
  let leadW = sizes.padLeft - i32(s) * sizes.dilationW;
  let rows = range(leadH, sizes.strideH, i32(sizes.H), i32(sizes.P));
  let columns = range(leadW, sizes.strideW, i32(sizes.W), i32(sizes.Q));
  let stepA = u32(sizes.strideW) * sizes.C;
  let stepB = sizes.KV;
  var sum_i0_j0 = Vec(0.0);
  for (var n = 0u; n < sizes.N; n++) {
    for (var p = rows.x; p < rows.y; p++) {
      let h = u32(i32(p) * sizes.strideH - leadH);
      let lineA = ((n * sizes.H + h) * sizes.W - u32(leadW)) * sizes.C; // where the column of output 0 lies, or would
      let lineB = (n * sizes.P + p) * sizes.Q * stepB;
      // Products, since what is carried from step to step is kept in memory by SwiftShader.
      for (var q = columns.x; q < columns.y; q++) {
        let a_i0 = Vec(a[lineA + q * stepA + c_i0]);
        let b_j0 = b[lineB + q * stepB + kv_j0];
        sum_i0_j0 = fma(a_i0, b_j0, sum_i0_j0);
      }
    }
  }
  // In a loop, since the stores written out take longer to compile than all the rest.
  var sums: array<Vec, ROWS * COLUMNS>;
  sums[0u/*i*/ * COLUMNS + 0u/*j*/] = sum_i0_j0;
  for (var i = 0u; i < ROWS && c0 + i < sizes.Cg; i++) {
    let to = ((r * sizes.S + s) * sizes.Cg + c0 + i) * sizes.KV + part * sizes.KgV;
    for (var j = 0u; j < COLUMNS && first + j * LANES < sizes.KgV; j++) { y[to + first + j * LANES] = sums[i * COLUMNS + j]; }
  }
}
