// The matrix products of a convolution for GPUs, as blocks in workgroup memory. y[M,N] is the sum over K of a[M,K] . b[K,N]:
//   MODE 0, forward:  a = x, rows are output pixels;        b = w, the sum runs over taps and channels
//   MODE 1, by input: a = dy, rows are input pixels;        b = w, the sum runs over taps and filters
//   MODE 2, by weight: a = x, rows are taps and channels;   b = dy, the sum runs over output pixels
// Tensors are not rearranged: a workgroup gathers its blocks of a and b into workgroup memory as [k][row] and [k][column], in vectors of four
// rows and four columns, turning what lies the other way in registers. The next blocks are fetched while the present ones are multiplied.
// In MODE 1 the pixels that one remainder by the stride is left of meet the same taps: each such phase is a product of its own.
//
// This file is the tile of one vector of rows and one of columns. tiled.ts writes larger ones out of it by repeating every line that names
// an axis: i0 vector of rows, r0 row of a vector, j0 vector of columns, t0 term of the sum, l0 load of a, m0 load of b, s0 row of four vectors
// that are turned; e0, f0 and g0 are the elements of a vector where those of a, b or y are no whole vectors and are loaded or stored one by
// one. Lines marked [u] are left out in MODE 2, [v] in the others, [p] in all but MODE 1, [q] in MODE 1, and [z] where the op has no inputs for
// what follows the sum: a driver compiles a text in proportion to its length.
const MODE: u32 = 0u;
const GX: u32 = 8u; // threads of a workgroup along the columns and the rows
const GY: u32 = 8u;
const TM: u32 = 1u; // vectors of a thread, of rows and of columns
const TN: u32 = 1u;
const BK: u32 = 32u; // depth of a block; BK / 4 times the vectors of rows makes the threads
const TK: u32 = 1u; // terms of a turn of the innermost loop
const LA: u32 = 1u; // elements of a, b and y that make a vector, 1 or 4
const LB: u32 = 1u;
const LY: u32 = 1u;

const THREADS: u32 = GX * GY;
const BMV: u32 = TM * GY; // vectors of a block
const BNV: u32 = TN * GX;
const BKV: u32 = BK / 4u;
const ROW_A: u32 = BMV + 1u; // one vector of padding keeps what is turned in different banks
const ROW_B: u32 = BNV + 1u;
const FAR: i32 = -1073741824i; // a row of pixels that no tap leads back from
const BEYOND: i32 = 536870912i; // a tap that leads out of every picture
const NONE: u32 = 0xffffffffu;
const SIGN: i32 = select(1i, -1i, MODE == 1u); // of the way from one tap to the next

alias VecA = vec4f; // f32 where what lies side by side is no whole vectors
alias VecB = vec4f;
alias VecY = vec4f;
alias VecYBits = vec4u;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  groups: u32, // workgroups
  blocksM: u32, // of one product
  blocksN: u32,
  parts: u32, // groups of channels; the products that follow are phases, or slices of the sum
  M: u32, // rows
  N: u32, // columns of a group, in elements of y
  K: u32, // terms of the sum
  steps: u32, // blocks of the sum that a workgroup adds up
  gridH: u32, // pixels that rows (MODE 2: terms) stand for
  gridW: u32,
  aH: u32, // height, width and channels of a, the latter in its elements, and those of a group
  aW: u32,
  aC: u32,
  aG: u32,
  aBegin: u32, // first channel
  tapsH: u32, // of the filter
  tapsW: u32,
  stepH: i32, // from a pixel of the grid to the next, in a
  stepW: i32,
  tapH: i32, // from a tap to the next, in a
  tapW: i32,
  startH: i32, // where the first tap of the first pixel lies (MODE 1: minus this, before the phase is taken off)
  startW: i32,
  bRow: u32, // elements from a row of b to the next
  yRow: u32, // elements from a row of y to the next
  yBegin: u32, // first column in a row of y
  yLast: u32, // where the last row begins
  yH: u32, // MODE 1: height and width of y, and the strides
  yW: u32,
  strideH: u32,
  strideW: u32,
  scaled: u32, // 1: the sum is multiplied by scale, and so on
  biased: u32,
  added: u32,
  relu: u32,
}

@group(0) @binding(0) var<storage, read> a: array<VecA>;
@group(0) @binding(1) var<storage, read> b: array<VecB>;
@group(0) @binding(2) var<storage, read> bias: array<VecY>;
@group(0) @binding(3) var<storage, read> residual: array<VecY>;
@group(0) @binding(4) var<storage, read> scale: array<VecY>;
@group(0) @binding(5) var<storage, read_write> y: array<VecY>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> blockA: array<vec4f, BK * ROW_A>;
var<workgroup> blockB: array<vec4f, BK * ROW_B>;

// max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000
fn activate(v: VecY) -> VecY { return select(v, VecY(0.0), bitcast<VecYBits>(v) - VecYBits(0x80000000u) < VecYBits(sizes.relu * 0x7f800001u)); }

// Image, row and column of a pixel of the grid, and of the one after it.
fn pixelOf(number: u32) -> vec3u {
  let row = number / sizes.gridW;
  return vec3u(row / sizes.gridH, row % sizes.gridH, number % sizes.gridW);
}
fn after(pixel: vec3u) -> vec3u {
  let wrapQ = pixel.z + 1u == sizes.gridW;
  let wrapP = wrapQ & (pixel.y + 1u == sizes.gridH);
  return vec3u(pixel.x + u32(wrapP), select(pixel.y + u32(wrapQ), 0u, wrapP), select(pixel.z + 1u, 0u, wrapQ));
}

struct Part {
  group: u32, // of channels
  phase: vec2u, // MODE 1: what is left of a pixel's row and column by the strides
  slice: u32, // MODE 0 and 2: of the sum
}

// Elements of y before a row's first column; NONE for a row that is none.
fn startOf(row: u32, part: Part) -> u32 {
  var line = part.slice * sizes.M + row;
  var inside = row < sizes.M;
  let pixel = pixelOf(row);/*[p]*/
  let h = pixel.y * sizes.strideH + part.phase.x;/*[p]*/
  let v = pixel.z * sizes.strideW + part.phase.y;/*[p]*/
  line = (pixel.x * sizes.yH + h) * sizes.yW + v;/*[p]*/
  inside = inside & (h < sizes.yH) & (v < sizes.yW);/*[p]*/
  return select(NONE, line * sizes.yRow, inside);
}

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * 65535u + wid.x + sizes.base;
  if (number >= sizes.groups) { return; }
  let blocks = sizes.blocksM * sizes.blocksN;
  let firstRow = number % sizes.blocksM * (4u * BMV);
  let firstColumn = number / sizes.blocksM % sizes.blocksN * BNV; // in vectors
  var part = Part(number / blocks % sizes.parts, vec2u(0u), number / blocks / sizes.parts);

  var tapsH = sizes.tapsH;
  var tapsW = sizes.tapsW;
  var startH = sizes.startH;
  var startW = sizes.startW;
  var firstTap = vec2u(0u);
  var steps = sizes.steps;
  var firstStep = part.slice * steps;
  part.phase = vec2u(part.slice / sizes.strideW, part.slice % sizes.strideW);/*[p]*/
  part.slice = 0u;/*[p]*/
  // Taps at these remainders by the strides lead from this phase to a pixel of dy.
  let strides = vec2i(i32(sizes.strideH), i32(sizes.strideW));/*[p]*/
  let lead = vec2i(part.phase) + vec2i(startH, startW);/*[p]*/
  firstTap = vec2u((lead % strides + strides) % strides);/*[p]*/
  tapsH = (tapsH + sizes.strideH - 1u - firstTap.x) / sizes.strideH;/*[p]*/
  tapsW = (tapsW + sizes.strideW - 1u - firstTap.y) / sizes.strideW;/*[p]*/
  startH = (lead.x - i32(firstTap.x)) / strides.x;/*[p]*/
  startW = (lead.y - i32(firstTap.y)) / strides.y;/*[p]*/
  steps = (tapsH * tapsW * sizes.aG * (4u / LA) + BK - 1u) / BK;/*[p]*/
  firstStep = 0u;/*[p]*/
  let all = (sizes.K + BK - 1u) / BK;/*[q]*/
  steps = min(steps, all - min(firstStep, all));/*[q]*/

  // What this thread loads of a. MODE 0 and 1: four rows of one vector of terms. MODE 2: one vector of rows, of four terms.
  let termV = lane % BKV;
  let rowV = select(lane / BKV, lane % BMV, MODE == 2u);
  let term_l0 = lane / BMV + 0u/*l*/ * (THREADS / BMV);
  let first_e0 = select((firstStep * BKV + termV) * LA, (firstRow / 4u + rowV) * LA, MODE == 2u) + 0u/*e*/;
  let tap_e0 = first_e0 / sizes.aG;
  let row_l0 = firstRow + rowV * 4u + 0u/*l*/;
  let pixel0 = pixelOf(firstRow + rowV * 4u);
  let pixel1 = after(pixel0);
  let pixel2 = after(pixel1);
  let pixels = array<vec3u, 4>(pixel0, pixel1, pixel2, after(pixel2));
  var pixel_l0 = pixels[0u/*l*/];
  pixel_l0 = pixelOf(firstStep * BK + term_l0);/*[v]*/
  // Where pixels and taps lie: rows and columns of a, and elements of a. What moves with the steps is added to: products cost more.
  let aG = i32(sizes.aG);
  let aC = i32(sizes.aC);
  let aRow = i32(sizes.aW) * aC;
  let channelA = i32(sizes.aBegin) + i32(part.group) * aG;
  var h_l0 = i32(pixel_l0.y) * sizes.stepH + startH;
  var v_l0 = i32(pixel_l0.z) * sizes.stepW + startW;
  var at_l0 = (i32(pixel_l0.x * sizes.aH) + h_l0) * aRow + v_l0 * aC + channelA;
  h_l0 = select(FAR, h_l0, row_l0 < sizes.M);/*[u]*/
  let endTapsH = i32(tapsH) * sizes.tapH;
  let endTapsW = i32(tapsW) * sizes.tapW;
  var c_e0 = i32(first_e0 % sizes.aG);
  var dv_e0 = i32(tap_e0 % tapsW) * sizes.tapW;
  var dh_e0 = i32(tap_e0 / tapsW) * sizes.tapH;
  var to_e0 = dh_e0 * aRow + dv_e0 * aC + c_e0;
  // The next step is so many channels, columns and rows of taps ahead, and the first column or row comes after the last.
  let ahead = BKV * LA;/*[u]*/
  let aheadTap = ahead / sizes.aG;/*[u]*/
  let aheadC = i32(ahead % sizes.aG);/*[u]*/
  let aheadV = i32(aheadTap % tapsW) * sizes.tapW;/*[u]*/
  let aheadH = i32(aheadTap / tapsW) * sizes.tapH;/*[u]*/
  let aheadA = aheadH * aRow + aheadV * aC + aheadC;/*[u]*/
  let nextTapA = sizes.tapW * aC - aG;/*[u]*/
  let nextRowA = sizes.tapH * aRow - endTapsW * aC;/*[u]*/
  // Or so many images, rows and columns of pixels on.
  let aheadRow = BK / sizes.gridW;/*[v]*/
  let onV = i32(BK % sizes.gridW) * sizes.stepW;/*[v]*/
  let onH = i32(aheadRow % sizes.gridH) * sizes.stepH;/*[v]*/
  let onA = (i32(aheadRow / sizes.gridH * sizes.aH) + onH) * aRow + onV * aC;/*[v]*/
  let endV = i32(sizes.gridW) * sizes.stepW;/*[v]*/
  let endH = i32(sizes.gridH) * sizes.stepH;/*[v]*/
  let nextLineA = sizes.stepH * aRow - endV * aC;/*[v]*/
  let nextImageA = (i32(sizes.aH) - endH) * aRow;/*[v]*/
  var nextA: array<vec4f, 4>;

  // And of b. MODE 0 and 2: one vector of columns, of some terms. MODE 1: the same vector of terms, of four columns.
  let termB_m0 = lane / BNV + 0u/*m*/ * (THREADS / BNV);/*[q]*/
  let columnB_f0 = (firstColumn + lane % BNV) * LB + 0u/*f*/;/*[q]*/
  let atB_f0 = min(columnB_f0, sizes.N - 1u) + part.group * sizes.N;/*[q]*/
  var lineB_m0 = (firstStep * BK + termB_m0) * sizes.bRow;/*[q]*/
  let columnsB = sizes.N * (4u / LY);/*[p]*/
  let rowB_l0 = i32(min((firstColumn + rowV) * 4u + 0u/*l*/, columnsB - 1u) * sizes.bRow + part.group * sizes.aG);/*[p]*/
  // Elements of b from a tap to the next, to the next column and to the next row that lead back from this phase.
  let tapB = i32(columnsB * sizes.bRow);/*[p]*/
  let columnB = i32(sizes.strideW) * tapB;/*[p]*/
  let lineB = i32(sizes.strideH * sizes.tapsW) * tapB;/*[p]*/
  var toB_e0 = i32(firstTap.x * sizes.tapsW + firstTap.y) * tapB + i32(tap_e0 / tapsW) * lineB + i32(tap_e0 % tapsW) * columnB + c_e0;/*[p]*/
  let aheadB = i32(aheadTap / tapsW) * lineB + i32(aheadTap % tapsW) * columnB + aheadC;/*[p]*/
  let nextTapB = columnB - aG;/*[p]*/
  let nextRowB = lineB - i32(tapsW) * columnB;/*[p]*/
  var nextB_m0 = vec4f(0.0);/*[q]*/
  var turnedB: array<vec4f, 4>;/*[p]*/

  let tx = lane % GX;
  let ty = lane / GX;
  var sum_i0_r0_j0 = vec4f(0.0);
  // A count that no compiler sees through: unrolled, the loops compile for seconds and run no faster.
  let turns = select(BK / TK, 0u, number >= sizes.groups);
  for (var step = 0u; step <= steps; step++) {
    if (step > 0u) {
      workgroupBarrier();
      blockA[term_l0 * ROW_A + rowV] = nextA[0u/*l*/];/*[v]*/
      blockA[(termV * 4u + 0u/*s*/) * ROW_A + rowV] = vec4f(nextA[0][0u/*s*/], nextA[1][0u/*s*/], nextA[2][0u/*s*/], nextA[3][0u/*s*/]);/*[u]*/
      blockB[termB_m0 * ROW_B + lane % BNV] = nextB_m0;/*[q]*/
      if (rowV < BNV) {/*[p]*/
        blockB[(termV * 4u + 0u/*s*/) * ROW_B + rowV] = vec4f(turnedB[0][0u/*s*/], turnedB[1][0u/*s*/], turnedB[2][0u/*s*/], turnedB[3][0u/*s*/]);/*[p]*/
      }/*[p]*/
      workgroupBarrier();
    }
    // The last turn fetches what nobody needs: without a branch, which the compiler would wait at. Reads past the end give some value or
    // none, as WebGPU has it; what is not inside becomes 0.
    let inside_e0 = dh_e0 * SIGN < endTapsH * SIGN;
    let row_e0 = select(BEYOND, dh_e0, inside_e0);
    if (MODE != 2u) {/*[u]*/
      let ok_l0_e0 = (u32(h_l0 + row_e0) < sizes.aH) & (u32(v_l0 + dv_e0) < sizes.aW);/*[u]*/
      nextA[0u/*l*/]/*[e]*/ = select(VecA(0.0), a[u32(at_l0 + to_e0)], ok_l0_e0);/*[u]*/
      if (rowV < BNV) {/*[p]*/
        turnedB[0u/*l*/]/*[e]*/ = select(VecB(0.0), b[u32(toB_e0 + rowB_l0)], inside_e0);/*[p]*/
      }/*[p]*/
      c_e0 += aheadC;/*[u]*/
      let carryC_e0 = c_e0 >= aG;/*[u]*/
      c_e0 -= select(0i, aG, carryC_e0);/*[u]*/
      dv_e0 += aheadV + select(0i, sizes.tapW, carryC_e0);/*[u]*/
      let carryV_e0 = dv_e0 * SIGN >= endTapsW * SIGN;/*[u]*/
      dv_e0 -= select(0i, endTapsW, carryV_e0);/*[u]*/
      dh_e0 += aheadH + select(0i, sizes.tapH, carryV_e0);/*[u]*/
      to_e0 += aheadA + select(0i, nextTapA, carryC_e0) + select(0i, nextRowA, carryV_e0);/*[u]*/
      toB_e0 += aheadB + select(0i, nextTapB, carryC_e0) + select(0i, nextRowB, carryV_e0);/*[p]*/
    }/*[u]*/
    if (MODE == 2u) {/*[v]*/
      let line_l0 = select(FAR, h_l0, (firstStep + step) * BK + term_l0 < sizes.K);/*[v]*/
      let ok_l0_e0 = (u32(line_l0 + row_e0) < sizes.aH) & (u32(v_l0 + dv_e0) < sizes.aW);/*[v]*/
      nextA[0u/*l*/]/*[e]*/ = select(VecA(0.0), a[u32(at_l0 + to_e0)], ok_l0_e0);/*[v]*/
      v_l0 += onV;/*[v]*/
      let carryV_l0 = v_l0 >= endV + startW;/*[v]*/
      v_l0 -= select(0i, endV, carryV_l0);/*[v]*/
      h_l0 += onH + select(0i, sizes.stepH, carryV_l0);/*[v]*/
      let carryH_l0 = h_l0 >= endH + startH;/*[v]*/
      h_l0 -= select(0i, endH, carryH_l0);/*[v]*/
      at_l0 += onA + select(0i, nextLineA, carryV_l0) + select(0i, nextImageA, carryH_l0);/*[v]*/
    }/*[v]*/
    nextB_m0/*[f]*/ = select(VecB(0.0), b[lineB_m0 + atB_f0], (firstStep + step) * BK + termB_m0 < sizes.K);/*[q]*/
    lineB_m0 += BK * sizes.bRow;/*[q]*/
    if (step > 0u) {
      for (var turn = 0u; turn < turns; turn++) {
        let k = turn % (BK / TK) * TK; // the remainder proves that the blocks are not overrun
        let a_t0_i0 = blockA[(k + 0u/*t*/) * ROW_A + ty + 0u/*i*/ * GY];
        let b_t0_j0 = blockB[(k + 0u/*t*/) * ROW_B + tx + 0u/*j*/ * GX];
        sum_i0_r0_j0 = fma(vec4f(a_t0_i0[0u/*r*/]), b_t0_j0, sum_i0_r0_j0);
      }
    }
  }

  let rest_j0_g0 = (firstColumn + tx + 0u/*j*/ * GX) * LY + 0u/*g*/;
  let column_j0_g0 = part.group * sizes.N + min(rest_j0_g0, sizes.N - 1u);
  var factor_j0 = vec4f(1.0);/*[z]*/
  var shift_j0 = vec4f(0.0);/*[z]*/
  if (sizes.scaled != 0u) {/*[z]*/
    factor_j0/*[g]*/ = scale[column_j0_g0];/*[z]*/
  }/*[z]*/
  if (sizes.biased != 0u) {/*[z]*/
    shift_j0/*[g]*/ = bias[column_j0_g0];/*[z]*/
  }/*[z]*/
  sum_i0_r0_j0 = fma(sum_i0_r0_j0, factor_j0, shift_j0);/*[z]*/
  let start_i0_r0 = startOf(firstRow + (ty + 0u/*i*/ * GY) * 4u + 0u/*r*/, part);
  if (sizes.added != 0u) {/*[z]*/
    sum_i0_r0_j0/*[g]*/ += residual[min(start_i0_r0, sizes.yLast) + column_j0_g0];/*[z]*/
  }/*[z]*/
  if ((start_i0_r0 != NONE) & (rest_j0_g0 < sizes.N)) { y[start_i0_r0 + sizes.yBegin + column_j0_g0] = activate(sum_i0_r0_j0/*[g]*/); }
}
