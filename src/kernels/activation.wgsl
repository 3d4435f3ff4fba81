// activation: y = f(x), elementwise; which f is KIND, and A, B, C are its numbers (activation.ts). Four elements a thread.
// Arguments of exp are clamped, so that nothing overflows; NaN passes as it is, told by its bits.
const SIZE: u32 = 1024u; // elements
const KIND: u32 = 0u;
const A: f32 = 1.0f;
const B: f32 = 0.0f;
const C: f32 = 0.0f;

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

fn sigmoid(v: f32) -> f32 { return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0))); }

// exp(v) - 1 for v <= 0: near 0 the difference would cancel, and is a series.
fn expm1(v: f32) -> f32 {
  let series = v * (1.0 + v * (0.5 + v * (1.0 / 6.0 + v * (1.0 / 24.0 + v * (1.0 / 120.0)))));
  return select(exp(max(v, -87.0)) - 1.0, series, v > -0.125);
}

fn tanhOf(v: f32) -> f32 {
  let e = expm1(-2.0 * min(abs(v), 40.0));
  return select(-1.0, 1.0, v < 0.0) * e / (e + 2.0);
}

// Abramowitz and Stegun 7.1.26, absolute error 1.5e-7.
fn erf(v: f32) -> f32 {
  let a = min(abs(v), 9.0);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return select(1.0, -1.0, v < 0.0) * (1.0 - poly * exp(-a * a));
}

fn f(v: f32) -> f32 {
  if (KIND == 0u) { // relu with slope A below threshold B, and at most C
    return min(select(A * (v - B), v, v >= B), C);
  }
  if (KIND == 1u) { return B * select(A * expm1(v), v, v > 0.0); } // elu, and selu with its scale B
  if (KIND == 2u) { return sigmoid(v); }
  if (KIND == 3u) { return tanhOf(v); }
  if (KIND == 4u) { return v * sigmoid(v); } // silu
  if (KIND == 5u) { return clamp(A * v + B, 0.0, 1.0); } // hard sigmoid
  if (KIND == 6u) { return v * clamp(A * v + B, 0.0, 1.0); } // hard silu
  if (KIND == 7u) { return max(v, 0.0) + log(1.0 + exp(max(-abs(v), -87.0))); } // softplus
  if (KIND == 8u) { return v / (1.0 + abs(v)); } // softsign
  if (KIND == 9u) { return exp(clamp(v, -87.0, 88.7)); } // exponential
  if (KIND == 10u) { return 0.5 * v * (1.0 + erf(v * 0.70710678)); } // gelu
  return 0.5 * v * (1.0 + tanhOf(0.79788456 * (v + 0.044715 * v * v * v))); // gelu by tanh
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < SIZE) {
      let bits = x[e];
      y[e] = select(bitcast<u32>(f(bitcast<f32>(bits))), bits, (bits & 0x7fffffffu) > 0x7f800000u);
    }
  }
}
