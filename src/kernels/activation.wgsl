// activation: y = f(x), elementwise; which f is KIND, and A, B, C are its numbers (activation.ts). Four elements a thread.
// Arguments of exp are clamped, so that nothing overflows; NaN passes as it is, told by its bits. Infinity gives the limit,
// but for softsign (NaN) and exponential (the largest that is clamped to).
const SIZE: u32 = 1024u; // elements
const KIND: u32 = 0u;
const A: f32 = 1.0f;
const B: f32 = 0.0f;
const C: f32 = 0.0f;

struct Sizes {
  base: u32, // first workgroup of this dispatch
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn sigmoid(v: f32) -> f32 { return select(1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0))), 0.0, v < -87.0); }

// v times what lets it through; where nothing is let through, 0 even for infinity.
fn gated(v: f32, gate: f32) -> f32 { return select(v * gate, 0.0, gate == 0.0); }

// exp(v) - 1 for v <= 0: near 0 the difference would cancel, and is a series.
fn expm1(v: f32) -> f32 {
  let series = v * (1.0 + v * (0.5 + v * (1.0 / 6.0 + v * (1.0 / 24.0 + v * (1.0 / 120.0)))));
  return select(exp(max(v, -87.0)) - 1.0, series, v > -0.125);
}

fn tanhOf(v: f32) -> f32 {
  let e = expm1(-2.0 * min(abs(v), 40.0));
  return select(-1.0, 1.0, v < 0.0) * e / (e + 2.0);
}

// log(1 + e) for e from 0 to 1, as 2 atanh(e / (2 + e)): log itself would lose what is small beside 1.
fn log1p(e: f32) -> f32 {
  let s = e / (2.0 + e);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0)))))));
}

// 1 - erf(a) for a >= 0, to a relative 1.2e-7 (Press et al., Numerical Recipes in C, section 6.2): 1 + erf(v) would cancel below 0.
fn erfc(a: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.5 * a);
  let low = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * -0.18628806)));
  let high = 0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)));
  let e = low + t * t * t * t * t * high - a * a;
  return select(t * exp(max(e, -87.0)), 0.0, e < -87.0);
}

// 1 + erf(v / sqrt(2))
fn normal(v: f32) -> f32 {
  let tail = erfc(0.70710678 * min(abs(v), 20.0));
  return select(2.0 - tail, tail, v < 0.0);
}

fn f(v: f32) -> f32 {
  if (KIND == 0u) { // relu with slope A below threshold B, and at most C; the largest f32 is no limit, and leaves infinity
    let y = select(select(A * (v - B), 0.0, A == 0.0), v, v > B);
    return select(y, C, (y > C) & (C < 3.4e38));
  }
  if (KIND == 1u) { return B * select(A * expm1(v), v, v > 0.0); } // elu, and selu with its scale B
  if (KIND == 2u) { return sigmoid(v); }
  if (KIND == 3u) { return tanhOf(v); }
  if (KIND == 4u) { return gated(v, sigmoid(v)); } // silu
  if (KIND == 5u) { return clamp(A * v + B, 0.0, 1.0); } // hard sigmoid
  if (KIND == 6u) { return gated(v, clamp(A * v + B, 0.0, 1.0)); } // hard silu
  if (KIND == 7u) { return max(v, 0.0) + log1p(exp(max(-abs(v), -87.0))); } // softplus
  if (KIND == 8u) { return v / (1.0 + abs(v)); } // softsign
  if (KIND == 9u) { return exp(clamp(v, -87.0, 88.7)); } // exponential
  return gated(0.5 * v, normal(v)); // gelu
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let e = first + i * 64u;
    if (e < SIZE) {
      let bits = x[e];
      y[e] = select(bitcast<u32>(f(bitcast<f32>(bits))), bits, (bits & 0x7fffffffu) > 0x7f800000u);
    }
  }
}
