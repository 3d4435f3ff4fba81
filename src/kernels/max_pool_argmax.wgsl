// maxPoolArgmax: which element of each window is the maximum, r * S + s. One thread: one output pixel, four channels CG apart, whose bytes
// are a word. Values are compared as integers in their order, -0 equal to 0, NaN above all, since floats may lose NaN.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // input
  W: u32,
  C: u32,
  P: u32, // output
  Q: u32,
  R: u32, // window
  S: u32,
  strideH: u32,
  strideW: u32,
  padTop: u32,
  padLeft: u32,
  CG: u32, // ceil(C / 4)
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> argmax: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= sizes.threads) { return; }
  let C = sizes.C;
  let CG = sizes.CG;
  let pixel = t / CG;
  let k = t - pixel * CG;
  let row = pixel / sizes.Q;
  let q = pixel - row * sizes.Q;
  let n = row / sizes.P;
  let p = row - n * sizes.P;
  let c = min(vec4u(k, k + CG, k + 2u * CG, k + 3u * CG), vec4u(C - 1u)); // past the last channel: read it again
  // The part of the window that lies in the image.
  let top = p * sizes.strideH;
  let left = q * sizes.strideW;
  let rBegin = max(top, sizes.padTop) - top;
  let rEnd = min(sizes.R, sizes.H + sizes.padTop - top);
  let sBegin = max(left, sizes.padLeft) - left;
  let sEnd = min(sizes.S, sizes.W + sizes.padLeft - left);
  let step = sizes.W * C;
  let corner = (n * sizes.H + top + rBegin - sizes.padTop) * step + (left + sBegin - sizes.padLeft) * C;
  var best = vec4i(-0x7fffffff); // below -Inf: the first element wins
  var place = vec4u(0u);
  for (var r = rBegin; r < rEnd; r++) {
    var at = corner + (r - rBegin) * step;
    for (var s = sBegin; s < sEnd; s++) {
      let bits = vec4u(x[at + c.x], x[at + c.y], x[at + c.z], x[at + c.w]);
      let magnitude = bitcast<vec4i>(bits & vec4u(0x7fffffffu));
      let order = select(select(magnitude, -magnitude, bits > vec4u(0x7fffffffu)), vec4i(0x7fffffff), magnitude > vec4i(0x7f800000));
      let more = order > best;
      best = select(best, order, more);
      place = select(place, vec4u(r * sizes.S + s), more);
      at += C;
    }
  }
  argmax[t] = place.x | (place.y << 8u) | (place.z << 16u) | (place.w << 24u);
}
