// rescale: y = x * scale + offset, elementwise, with one scale and offset for all channels or one for each of up to four. Four elements a
// thread.
const C: u32 = 1u; // channels that differ
const REVERSE: bool = false; // y's channels are x's from the last to the first

struct Sizes {
  base: u32, // first workgroup of this dispatch
  scale0: f32,
  scale1: f32,
  scale2: f32,
  scale3: f32,
  offset0: f32,
  offset1: f32,
  offset2: f32,
  offset3: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) {
      let c = e % C;
      let low = c < 2u;
      let even = (c & 1u) == 0u;
      let scale = select(select(sizes.scale3, sizes.scale2, even), select(sizes.scale1, sizes.scale0, even), low);
      let offset = select(select(sizes.offset3, sizes.offset2, even), select(sizes.offset1, sizes.offset0, even), low);
      y[e] = x[select(e, e - c + (C - 1u - c), REVERSE)] * scale + offset;
    }
  }
}
