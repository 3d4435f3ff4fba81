// The slopes of activations, from the output y where that tells all, else from the input x. They call the functions themselves (functions.wgsl).
alias Vec = vec4f;
alias VecBits = vec4u;

fn reluSlope(y: Vec) -> Vec { return select(Vec(0.0), Vec(1.0), y > Vec(0.0)); }

// From the output, for thresholds and slopes from 0.
fn reluWithSlope(y: Vec, low: f32, most: f32) -> Vec {
  return select(select(Vec(low), Vec(1.0), y > Vec(0.0)), Vec(0.0), y >= Vec(most));
}

// From the input.
fn reluWithSlopeAt(x: Vec, low: f32, threshold: f32, most: f32) -> Vec {
  let above = x > Vec(threshold);
  let y = select(low * (x - threshold), x, above);
  return select(select(Vec(low), Vec(1.0), above), Vec(0.0), y >= Vec(most));
}

// From the output, for alpha and scale above 0.
fn eluSlope(y: Vec, alpha: f32, scale: f32) -> Vec { return select(y + alpha * scale, Vec(scale), y > Vec(0.0)); }

// From the input.
fn eluSlopeAt(x: Vec, alpha: f32, scale: f32) -> Vec {
  return scale * select(alpha * exp(clamp(x, Vec(-87.0), Vec(0.0))), Vec(1.0), x > Vec(0.0));
}

fn sigmoidSlope(y: Vec) -> Vec { return y * (1.0 - y); }

fn tanhSlope(y: Vec) -> Vec { return (1.0 - y) * (1.0 + y); }

fn siluSlope(x: Vec) -> Vec {
  let s = sigmoid(x);
  return s + gated(x, s * (1.0 - s));
}

fn hardSigmoidSlope(y: Vec, steepness: f32) -> Vec { return select(Vec(0.0), Vec(steepness), (y > Vec(0.0)) & (y < Vec(1.0))); }

fn hardSiluSlope(x: Vec, steepness: f32, offset: f32) -> Vec {
  let gate = hardSigmoid(x, steepness, offset);
  return gate + gated(x, hardSigmoidSlope(gate, steepness));
}

// The sigmoid of x, which is 1 - exp(-y).
fn softplusSlope(y: Vec) -> Vec { return -expm1(-y); }

fn softsignSlope(y: Vec) -> Vec { return (1.0 - abs(y)) * (1.0 - abs(y)); }

fn exponentialSlope(y: Vec) -> Vec { return y; }

fn geluSlope(x: Vec) -> Vec {
  let a = clamp(x, Vec(-13.0), Vec(13.0));
  return 0.5 * normal(x) + 0.39894228 * a * exp(-0.5 * a * a);
}

// From the input.
fn mishSlope(x: Vec) -> Vec {
  let gate = mishGate(x);
  return gate + gated(x, sigmoid(x) * (1.0 - gate) * (1.0 + gate));
}

// y^2 / (1 + y^2)
fn squareplusSlope(y: Vec) -> Vec {
  let n = clamp(y, Vec(1e-9), Vec(1e9));
  return 1.0 / (1.0 + 1.0 / (n * n));
}

fn sparsePlusSlope(y: Vec) -> Vec { return min(sqrt(max(y, Vec(0.0))), Vec(1.0)); }

// 1 - exp(y)
fn logSigmoidSlope(y: Vec) -> Vec { return -expm1(y); }

fn hardTanhSlope(y: Vec) -> Vec { return select(Vec(0.0), Vec(1.0), abs(y) < Vec(1.0)); }

// From the input.
fn tanhShrinkSlope(x: Vec) -> Vec {
  let t = tanhOf(x);
  return t * t;
}

fn softShrinkSlope(y: Vec) -> Vec { return select(Vec(1.0), Vec(0.0), y == Vec(0.0)); }

fn hardShrinkSlope(y: Vec) -> Vec { return select(Vec(1.0), Vec(0.0), y == Vec(0.0)); }
