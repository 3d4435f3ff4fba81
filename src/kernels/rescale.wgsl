// rescale: y = x * scale + offset, elementwise, with one scale and offset for all channels or one for each of up to four.
// Four elements a thread.
const SIZE: u32 = 1024u; // elements
const C: u32 = 1u; // channels that differ
const SCALE0: f32 = 1.0f;
const SCALE1: f32 = 1.0f;
const SCALE2: f32 = 1.0f;
const SCALE3: f32 = 1.0f;
const OFFSET0: f32 = 0.0f;
const OFFSET1: f32 = 0.0f;
const OFFSET2: f32 = 0.0f;
const OFFSET3: f32 = 0.0f;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < SIZE) {
      let c = e % C;
      let scale = select(select(SCALE0, SCALE1, c == 1u), select(SCALE2, SCALE3, c == 3u), c > 1u);
      let offset = select(select(OFFSET0, OFFSET1, c == 1u), select(OFFSET2, OFFSET3, c == 3u), c > 1u);
      y[e] = x[e] * scale + offset;
    }
  }
}
