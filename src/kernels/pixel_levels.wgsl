// pixelLevels: y = levels[x], each channel of pixels of four bytes in a word by a table of what its 256 levels become. Four elements a thread.
const C: u32 = 3u; // channels of y
const REVERSE: bool = false; // y's channels are x's from the last to the first

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> levels: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) {
      let c = e % C;
      let level = (x[e / C] >> (8u * select(c, C - 1u - c, REVERSE))) & 0xffu;
      y[e] = levels[level * C + c];
    }
  }
}
