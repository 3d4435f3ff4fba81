// pad: a number around an image; negative counts cut rows and columns off. One thread: one output pixel, four channels CG apart. Copies bits.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  H: u32, // input
  W: u32,
  C: u32,
  P: u32, // output
  Q: u32,
  padTop: i32,
  padLeft: i32,
  value: f32,
  CG: u32, // ceil(C / 4)
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
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
  let n = row / sizes.P;
  let h = row - n * sizes.P - u32(sizes.padTop); // wraps above the image, and is then no smaller than H
  let w = pixel - row * sizes.Q - u32(sizes.padLeft);
  let inside = h < sizes.H && w < sizes.W;
  let source = ((n * sizes.H + h) * sizes.W + w) * C;
  let to = pixel * C;
  for (var c = k; c < C; c += CG) {
    var bits = bitcast<u32>(sizes.value);
    if (inside) { bits = x[source + c]; }
    y[to + c] = bits;
  }
}
