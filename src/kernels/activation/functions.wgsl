// The functions of activations, for one value or four at a time; what an activation op or an epilogue needs is put into its shader, and of their
// slopes (slopes.wgsl) what a gradient needs. NaN is left to those (functions.ts). Arguments of exp are clamped, so that nothing overflows; infinity gives the limit,
// but for softsign (NaN) and exponential (the largest that is clamped to).
alias Vec = vec4f;
alias VecBits = vec4u;

// On bits: max(v, 0) may turn NaN into 0; -0 to -Inf are the bits 0x80000000 to 0xff800000.
fn relu(v: Vec) -> Vec { return select(v, Vec(0.0), bitcast<VecBits>(v) - VecBits(0x80000000u) <= VecBits(0x7f800000u)); }

// With a slope below a threshold, and at most so much; the largest f32 is no limit, and leaves infinity.
fn reluWith(v: Vec, low: f32, threshold: f32, most: f32) -> Vec {
  let y = select(select(low * (v - threshold), Vec(0.0), low == 0.0), v, v > Vec(threshold));
  return select(y, min(y, Vec(most)), most < 3.4e38);
}

// exp(v) - 1 for v <= 0: near 0 the difference would cancel, and is a series.
fn expm1(v: Vec) -> Vec {
  let series = v * (1.0 + v * (0.5 + v * (1.0 / 6.0 + v * (1.0 / 24.0 + v * (1.0 / 120.0)))));
  return select(exp(max(v, Vec(-87.0))) - 1.0, series, v > Vec(-0.125));
}

// And selu, with its scale.
fn elu(v: Vec, alpha: f32, scale: f32) -> Vec { return scale * select(alpha * expm1(v), v, v > Vec(0.0)); }

fn sigmoid(v: Vec) -> Vec { return select(1.0 / (1.0 + exp(-clamp(v, Vec(-87.0), Vec(87.0)))), Vec(0.0), v < Vec(-87.0)); }

// The hyperbolic tangent.
fn tanhOf(v: Vec) -> Vec {
  let e = expm1(-2.0 * min(abs(v), Vec(40.0)));
  return select(Vec(-1.0), Vec(1.0), v < Vec(0.0)) * e / (e + 2.0);
}

// v times what lets it through; where nothing is let through, 0 even for infinity.
fn gated(v: Vec, gate: Vec) -> Vec { return select(v * gate, Vec(0.0), gate == Vec(0.0)); }

fn silu(v: Vec) -> Vec { return gated(v, sigmoid(v)); }

fn hardSigmoid(v: Vec, steepness: f32, offset: f32) -> Vec { return clamp(steepness * v + offset, Vec(0.0), Vec(1.0)); }

fn hardSilu(v: Vec, steepness: f32, offset: f32) -> Vec { return gated(v, hardSigmoid(v, steepness, offset)); }

// log(1 + e) for e from 0 to 1, as 2 atanh(e / (2 + e)): log itself would lose what is small beside 1.
fn log1p(e: Vec) -> Vec {
  let s = e / (2.0 + e);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0)))))));
}

fn softplus(v: Vec) -> Vec { return max(v, Vec(0.0)) + log1p(exp(max(-abs(v), Vec(-87.0)))); }

fn softsign(v: Vec) -> Vec { return v / (1.0 + abs(v)); }

fn exponential(v: Vec) -> Vec { return exp(clamp(v, Vec(-87.0), Vec(88.7))); }

// 1 - erf(a) for a >= 0, to a relative 1.2e-7 (Press et al., Numerical Recipes in C, section 6.2): 1 + erf(v) would cancel below 0.
fn erfc(a: Vec) -> Vec {
  let t = 1.0 / (1.0 + 0.5 * a);
  let low = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * -0.18628806)));
  let high = 0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)));
  let e = low + t * t * t * t * t * high - a * a;
  return select(t * exp(max(e, Vec(-87.0))), Vec(0.0), e < Vec(-87.0));
}

// 1 + erf(v / sqrt(2))
fn normal(v: Vec) -> Vec {
  let tail = erfc(0.70710678 * min(abs(v), Vec(20.0)));
  return select(2.0 - tail, tail, v < Vec(0.0));
}

fn gelu(v: Vec) -> Vec { return gated(0.5 * v, normal(v)); }

// v * tanh(softplus(v)); the gate is ((1 + e)^2 - 1) / ((1 + e)^2 + 1) with e = exp(v).
fn mishGate(v: Vec) -> Vec {
  let e = exp(clamp(v, Vec(-87.0), Vec(20.0)));
  let n = e * (e + 2.0);
  return select(n / (n + 2.0), Vec(0.0), v < Vec(-87.0));
}

fn mish(v: Vec) -> Vec { return gated(v, mishGate(v)); }

// (v + sqrt(v^2 + 4)) / 2, below 0 as a quotient, where the sum would cancel; far out the root is |v|.
fn squareplus(v: Vec) -> Vec {
  let a = abs(v);
  let n = min(a, Vec(1e6));
  let root = select(sqrt(n * n + 4.0), a, a > Vec(1e6));
  return select(2.0 / (root + a), 0.5 * (root + v), v > Vec(0.0));
}

// ((v + 1) / 2)^2 between -1 and 1, then v.
fn sparsePlus(v: Vec) -> Vec {
  let half = 0.5 * max(v + 1.0, Vec(0.0));
  return select(half * half, v, v > Vec(1.0));
}

fn logSigmoid(v: Vec) -> Vec { return -softplus(-v); }

fn hardTanh(v: Vec) -> Vec { return clamp(v, Vec(-1.0), Vec(1.0)); }

fn tanhShrink(v: Vec) -> Vec { return v - tanhOf(v); }

fn softShrink(v: Vec) -> Vec { return v - clamp(v, Vec(-0.5), Vec(0.5)); }

fn hardShrink(v: Vec) -> Vec { return select(Vec(0.0), v, abs(v) > Vec(0.5)); }
