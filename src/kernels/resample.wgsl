// resample: y = x along one axis at another size, pixels of four bytes in a word; sums in whole numbers, rounded to bytes, as Pillow has it. One
// pixel a thread.
const ROWS: bool = false; // along the rows, else along the columns
const GREY: bool = false; // red, green and blue become their luma first

const HALF: u32 = 1u << 21u; // weights have 22 bits of fraction

struct Sizes {
  base: u32, // first workgroup of this dispatch
  width: u32, // pixels in a row of x
  columns: u32, // pixels in a row of y
  stride: u32, // weights of one pixel
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn pixel(word: u32) -> vec3u {
  let rgb = vec3u(word & 0xffu, (word >> 8u) & 0xffu, (word >> 16u) & 0xffu);
  if (GREY) { return vec3u((19595u * rgb.x + 38470u * rgb.y + 7471u * rgb.z + 0x8000u) >> 16u); }
  return rgb;
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (e >= arrayLength(&y)) { return; }
  let row = e / sizes.columns;
  let column = e - row * sizes.columns;
  let i = select(column, row, ROWS);
  let step = select(1u, sizes.width, ROWS);
  var at = select(row * sizes.width + starts[i], starts[i] * sizes.width + column, ROWS);
  var sum = vec3u(HALF);
  for (var t = i * sizes.stride; t < i * sizes.stride + counts[i]; t++) {
    sum += pixel(x[at]) * weights[t];
    at += step;
  }
  // Weights sum to 1 within rounding, so a sum may pass 255 by less than one.
  let rgb = min(sum >> vec3u(22u), vec3u(255u));
  y[e] = rgb.x | (rgb.y << 8u) | (rgb.z << 16u);
}
