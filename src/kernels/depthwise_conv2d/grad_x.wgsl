// depthwiseConv2dGradX: dx = sum over the outputs that saw a pixel of dy times the filter's tap. One thread: some columns of one line of one
// channel vector.
//
// Column u of x, counted with the padding, goes through filter column s into output (u - s) / stride where that is whole: u = stride * step +
// rest meets s = stride * tap + rest of the same rest, in output step - tap. This file computes one step of stride 1 with one tap. grad_x.ts
// writes more out of it by repeating the lines that name a0 (step of the tile), r0 (rest), b0 (tap, the last one first) or c0 (column of dy).
const S: u32 = 1u; // columns of the filter
const STRIDE: u32 = 1u;
const TAPS: u32 = 1u; // of one rest

alias Vec = vec4f; // f32 where channels are not whole vectors

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // of x
  W: u32,
  R: u32, // rows of the filter
  P: u32, // of dy
  Q: u32,
  KV: u32, // channels of dy, in vectors
  CV: u32, // channels of x, in vectors
  M: u32, // channels of dy of one of x; 1 where vectors are whole
  strideH: u32,
  padTop: i32,
  padLeft: i32,
  lineStep: i32, // lines of dy from a tap to the next that meets the line of x
  firstStep: i32, // where the first tile of a line begins
  before: i32, // columns of dy from the last tap's to the first's
  tileSteps: u32,
  tiles: u32, // of a line
  threads: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>;
@group(0) @binding(1) var<storage, read> w: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dx: array<Vec>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let CV = sizes.CV;
  let KV = sizes.KV;
  let tile = t / CV;
  let channel = t - tile * CV;
  let line = tile / sizes.tiles;
  let first = sizes.firstStep + i32((tile - line * sizes.tiles) * sizes.tileSteps);
  let n = line / sizes.H;
  let h = line - n * sizes.H;
  let Q = i32(sizes.Q);
  let q_c0 = first - sizes.before + 0i/*c*/;
  let in_c0 = (q_c0 >= 0i) & (q_c0 < Q);
  let at_c0 = u32(clamp(q_c0, 0i, Q - 1i)) * KV;
  var sum_a0_r0 = Vec(0.0);
  let P = i32(sizes.P);
  let image = n * sizes.P;
  let step = sizes.Q * KV;
  let padded = i32(h) + sizes.padTop;
  var p = padded / i32(sizes.strideH);
  for (var dr = u32(padded - p * i32(sizes.strideH)); dr < sizes.R; dr += sizes.strideH) {
    if (p >= 0i && p < P) {
      for (var m = 0u; m < sizes.M; m++) {
        let k = channel * sizes.M + m;
        let row = (image + u32(p)) * step + k;
        let d_c0 = select(Vec(0.0), dy[row + at_c0], in_c0);
        let s_b0_r0 = (TAPS - 1u - 0u/*b*/) * STRIDE + 0u/*r*/;
        let w_b0_r0 = select(Vec(0.0), w[(dr * S + min(s_b0_r0, S - 1u)) * KV + k], s_b0_r0 < S);
        sum_a0_r0 = fma(d_c0, w_b0_r0, sum_a0_r0);
      }
    }
    p -= sizes.lineStep;
  }
  let v_a0_r0 = (first + 0i/*a*/) * i32(STRIDE) + 0i/*r*/ - sizes.padLeft;
  let to_a0_r0 = (line * sizes.W + u32(clamp(v_a0_r0, 0i, i32(sizes.W) - 1i))) * CV + channel;
  if (v_a0_r0 >= 0i && v_a0_r0 < i32(sizes.W)) { dx[to_a0_r0] = sum_a0_r0; }
}
