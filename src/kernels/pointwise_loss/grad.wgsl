// pointwiseLossGrad of [N,M]: dx = dy of the row * scale * f'(y, t). 0 where dy is. Four elements a thread.
const QUIET_NAN: u32 = 0x7fc00000u;

alias Vec = f32;
alias VecBits = u32;

struct Sizes {
  base: u32, // first workgroup of this dispatch
  M: u32, // values a row
  scale: f32,
  a: f32, // numbers of f
  b: f32,
  c: f32,
  d: f32,
  e: f32,
}

@group(0) @binding(0) var<storage, read> y: array<u32>;
@group(0) @binding(1) var<storage, read> t: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<u32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn slope(y: f32, t: f32) -> f32 { return y - t; }

fn strange(bits: u32) -> bool { return (bits & 0x7fffffffu) >= 0x7f800000u; }

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let at = start + i * 64u;
    if (at < arrayLength(&dx)) {
      let factor = dy[at / sizes.M];
      let d = factor * sizes.scale * slope(bitcast<f32>(y[at]), bitcast<f32>(t[at]));
      dx[at] = select(select(bitcast<u32>(d), QUIET_NAN, strange(y[at]) | strange(t[at])), 0u, factor == 0.0);
    }
  }
}
