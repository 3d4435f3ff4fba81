// optimize: one step of one weight: its gradient clipped, the weight decayed, moved by an optimizer's rule, and averaged. Four elements a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  multiplier: f32, // of the learning rate
  decay: f32, // weight decay
  limit: f32, // largest absolute gradient; 0: any
  norm: f32, // largest norm of the gradient, of which `squares` is the square; 0: any
  k0: f32, // the rule's constants
  k1: f32,
  k2: f32,
  k3: f32,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> hyper: array<f32>;
@group(0) @binding(2) var<storage, read> squares: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> state_a0: array<f32>;
@group(0) @binding(5) var<storage, read_write> state_b0: array<f32>;
@group(0) @binding(6) var<storage, read_write> state_c0: array<f32>;
@group(0) @binding(7) var<storage, read_write> average_e0: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

fn rule(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f { return vec4f(rate * d, s); }

// What makes a gradient that is too long as long as it may be. A norm that is not finite is told by its bits, and makes the weights NaN, as in
// Keras: WGSL may drop NaN in comparisons.
fn shortening() -> f32 {
  if (sizes.norm == 0.0) { return 1.0; }
  let bits = bitcast<u32>(squares[0]);
  if ((bits & 0x7fffffffu) >= 0x7f800000u) { return bitcast<f32>(bits | 0x7fc00000u); }
  return sizes.norm / max(sqrt(squares[0]), sizes.norm);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  let rate = hyper[0] * sizes.multiplier;
  let h = vec3f(hyper[1], hyper[2], hyper[3]);
  let k = vec4f(sizes.k0, sizes.k1, sizes.k2, sizes.k3);
  let factor = shortening();
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < arrayLength(&w)) {
      var d = g[e] * factor;
      d = select(d, sign(d) * sizes.limit, sizes.limit > 0.0 && abs(d) > sizes.limit);
      var s = vec3f(0.0);
      s.x = state_a0[e];
      s.y = state_b0[e];
      s.z = state_c0[e];
      let next = rule(d, rate, s, h, k);
      state_a0[e] = next.y;
      state_b0[e] = next.z;
      state_c0[e] = next.w;
      var v = w[e];
      v -= v * sizes.decay * rate;
      v -= next.x;
      let mean_e0 = average_e0[e] * hyper[4] + v * (1.0 - hyper[4]);
      average_e0[e] = mean_e0;
      if (hyper[5] != 0.0) { v = mean_e0; }
      w[e] = v;
    }
  }
}
