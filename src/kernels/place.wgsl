// place: a number, and among it the elements of x every so many along each axis, backwards where a step is negative. Four elements a thread.
// Copies bits.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  D1: u32, // y's axes after the first
  D2: u32,
  D3: u32,
  begin0: i32, // where in y the first of x lies, and how far on the next
  begin1: i32,
  begin2: i32,
  begin3: i32,
  step0: i32,
  step1: i32,
  step2: i32,
  step3: i32,
  C0: i32, // x's axes
  C1: i32,
  C2: i32,
  C3: i32,
  value: f32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&y)) {
      let e2 = e / sizes.D3;
      let e1 = e2 / sizes.D2;
      let d0 = e1 / sizes.D1;
      let at = vec4i(i32(d0), i32(e1 - d0 * sizes.D1), i32(e2 - e1 * sizes.D2), i32(e - e2 * sizes.D3));
      let step = vec4i(sizes.step0, sizes.step1, sizes.step2, sizes.step3);
      let count = vec4i(sizes.C0, sizes.C1, sizes.C2, sizes.C3);
      let offset = at - vec4i(sizes.begin0, sizes.begin1, sizes.begin2, sizes.begin3);
      let c = offset / step;
      var bits = bitcast<u32>(sizes.value);
      if (all(c * step == offset) && all(c >= vec4i(0)) && all(c < count)) {
        bits = x[u32(((c.x * count.y + c.y) * count.z + c.z) * count.w + c.w)];
      }
      y[e] = bits;
    }
  }
}
