// storeRows: rows of x, bit by bit, over those of `rows` from number begin[0] on, as far as there are. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D: u32, // values a row
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> begin: array<u32>;
@group(0) @binding(2) var<storage, read_write> rows: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let to = begin[0] * sizes.D;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&x) && to + e < arrayLength(&rows)) { rows[to + e] = x[e]; }
  }
}
