// concat along the last axis. One thread: one output channel of eight rows, so that the input is chosen once. Copies bits.
const ROWS: u32 = 16u; // product of the leading axes
const C: u32 = 8u; // output channels
const C0: u32 = 4u; // input channels; 0 where the input is absent
const C1: u32 = 4u;
const C2: u32 = 0u;
const C3: u32 = 0u;
const C4: u32 = 0u;
const C5: u32 = 0u;
const THREADS: u32 = 16u;

// First output channel after each input.
const END0: u32 = C0;
const END1: u32 = END0 + C1;
const END2: u32 = END1 + C2;
const END3: u32 = END2 + C3;
const END4: u32 = END3 + C4;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x0: array<u32>;
@group(0) @binding(1) var<storage, read> x1: array<u32>;
@group(0) @binding(2) var<storage, read> x2: array<u32>;
@group(0) @binding(3) var<storage, read> x3: array<u32>;
@group(0) @binding(4) var<storage, read> x4: array<u32>;
@group(0) @binding(5) var<storage, read> x5: array<u32>;
@group(0) @binding(6) var<storage, read_write> y: array<u32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (wid.y * 65535u + wid.x + sizes.base) * 64u + lane;
  if (t >= THREADS) { return; }
  let c = t % C;
  let begin = t / C * 8u;
  let end = min(begin + 8u, ROWS);
  if (c < END0) {
    for (var row = begin; row < end; row++) { y[row * C + c] = x0[row * C0 + c]; }
  } else if (c < END1) {
    for (var row = begin; row < end; row++) { y[row * C + c] = x1[row * C1 + c - END0]; }
  } else if (c < END2) {
    for (var row = begin; row < end; row++) { y[row * C + c] = x2[row * C2 + c - END1]; }
  } else if (c < END3) {
    for (var row = begin; row < end; row++) { y[row * C + c] = x3[row * C3 + c - END2]; }
  } else if (c < END4) {
    for (var row = begin; row < end; row++) { y[row * C + c] = x4[row * C4 + c - END3]; }
  } else {
    for (var row = begin; row < end; row++) { y[row * C + c] = x5[row * C5 + c - END4]; }
  }
}
