// mixRows: every row of x with another one, number order[n]: weight * x + (1 - weight) * other, or other inside of a rectangle and x around it.
// From numbers [N,5]: weight, left, right, top, bottom. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  paste: u32, // a rectangle
  D: u32, // elements of a row
  W: u32, // of a picture; 1 where there is none
  C: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> numbers: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e >= arrayLength(&y)) { return; }
    let n = e / sizes.D;
    let r = e - n * sizes.D;
    let m = 5u * n;
    let other = x[order[n] * sizes.D + r];
    if (sizes.paste == 0u) {
      y[e] = numbers[m] * x[e] + (1.0 - numbers[m]) * other;
    } else {
      let pixel = r / sizes.C;
      let h = pixel / sizes.W;
      let w = f32(pixel - h * sizes.W);
      let across = w >= numbers[m + 1u] && w < numbers[m + 2u];
      let down = f32(h) >= numbers[m + 3u] && f32(h) < numbers[m + 4u];
      y[e] = select(x[e], other, across && down);
    }
  }
}
