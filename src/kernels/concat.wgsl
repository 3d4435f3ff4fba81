// concat along the last axis. One thread: one output channel of sixteen rows, so that the input is chosen once. Copies bits.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  rows: u32, // product of the leading axes
  C: u32, // output channels
  C0: u32, // input channels; 0 where the input is absent
  C1: u32,
  C2: u32,
  C3: u32,
  C4: u32,
  C5: u32,
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
  let C = sizes.C;
  let strip = t / C;
  let c = t - strip * C;
  let begin = strip * 16u;
  let end = min(begin + 16u, sizes.rows);
  // First output channel after each input.
  let end0 = sizes.C0;
  let end1 = end0 + sizes.C1;
  let end2 = end1 + sizes.C2;
  let end3 = end2 + sizes.C3;
  let end4 = end3 + sizes.C4;
  var to = begin * C + c;
  if (c < end0) {
    var at = begin * sizes.C0 + c;
    for (var row = begin; row < end; row++) {
      y[to] = x0[at];
      to += C;
      at += sizes.C0;
    }
  } else if (c < end1) {
    var at = begin * sizes.C1 + c - end0;
    for (var row = begin; row < end; row++) {
      y[to] = x1[at];
      to += C;
      at += sizes.C1;
    }
  } else if (c < end2) {
    var at = begin * sizes.C2 + c - end1;
    for (var row = begin; row < end; row++) {
      y[to] = x2[at];
      to += C;
      at += sizes.C2;
    }
  } else if (c < end3) {
    var at = begin * sizes.C3 + c - end2;
    for (var row = begin; row < end; row++) {
      y[to] = x3[at];
      to += C;
      at += sizes.C3;
    }
  } else if (c < end4) {
    var at = begin * sizes.C4 + c - end3;
    for (var row = begin; row < end; row++) {
      y[to] = x4[at];
      to += C;
      at += sizes.C4;
    }
  } else {
    var at = begin * sizes.C5 + c - end4;
    for (var row = begin; row < end; row++) {
      y[to] = x5[at];
      to += C;
      at += sizes.C5;
    }
  }
}
