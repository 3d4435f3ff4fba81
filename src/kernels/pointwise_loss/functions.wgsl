// The losses of single values, of a prediction y (or a score x) and a target t, and their slopes by the prediction (keras/src/losses/losses.py).
// Numbers of their own are a to e of the sizes.
alias Vec = f32;
alias VecBits = u32;

// Keras's epsilon.
fn atLeast(v: f32) -> f32 { return max(v, 1e-7); }

fn squared(y: f32, t: f32) -> f32 { return (y - t) * (y - t); }
fn squaredSlope(y: f32, t: f32) -> f32 { return 2.0 * (y - t); }

fn absolute(y: f32, t: f32) -> f32 { return abs(y - t); }
fn absoluteSlope(y: f32, t: f32) -> f32 { return sign(y - t); }

fn relative(y: f32, t: f32) -> f32 { return abs(y - t) / atLeast(abs(t)); }
fn relativeSlope(y: f32, t: f32) -> f32 { return sign(y - t) / atLeast(abs(t)); }

// log(1 + v) for v from 0: log itself would lose what is small beside 1.
fn logOfNext(v: f32) -> f32 {
  let small = log1p(min(v, 1.0));
  return select(log(1.0 + v), small, v < 1.0);
}
fn squaredLog(y: f32, t: f32) -> f32 {
  let d = logOfNext(atLeast(y)) - logOfNext(atLeast(t));
  return d * d;
}
fn squaredLogSlope(y: f32, t: f32) -> f32 {
  let d = logOfNext(atLeast(y)) - logOfNext(atLeast(t));
  return select(0.0, 2.0 * d / (1.0 + y), y > 1e-7);
}

// a: delta
fn huber(y: f32, t: f32, delta: f32) -> f32 {
  let d = abs(y - t);
  return select(delta * d - 0.5 * delta * delta, 0.5 * d * d, d <= delta);
}
fn huberSlope(y: f32, t: f32, delta: f32) -> f32 { return clamp(y - t, -delta, delta); }

// log(cosh(d)) = d + log((1 + exp(-2d)) / 2), for d from 0.
fn logCosh(y: f32, t: f32) -> f32 {
  let d = abs(y - t);
  return d + log1p(0.5 * expm1(-2.0 * min(d, 40.0)));
}
fn logCoshSlope(y: f32, t: f32) -> f32 { return tanhOf(y - t); }

// A target of -1 or 1; of 0 and 1 it makes these, as Keras does.
fn signOf(t: f32) -> f32 { return select(t, -1.0, t == 0.0); }

fn hinge(y: f32, t: f32) -> f32 { return max(1.0 - signOf(t) * y, 0.0); }
fn hingeSlope(y: f32, t: f32) -> f32 { return select(0.0, -signOf(t), hinge(y, t) > 0.0); }

fn squaredHinge(y: f32, t: f32) -> f32 { return hinge(y, t) * hinge(y, t); }
fn squaredHingeSlope(y: f32, t: f32) -> f32 { return -2.0 * signOf(t) * hinge(y, t); }

fn poisson(y: f32, t: f32) -> f32 { return y - t * log(y + 1e-7); }
fn poissonSlope(y: f32, t: f32) -> f32 { return 1.0 - t / (y + 1e-7); }

fn klDivergence(y: f32, t: f32) -> f32 {
  let goal = clamp(t, 1e-7, 1.0);
  return goal * log(goal / clamp(y, 1e-7, 1.0));
}
fn klDivergenceSlope(y: f32, t: f32) -> f32 {
  return select(0.0, -clamp(t, 1e-7, 1.0) / y, (y >= 1e-7) & (y <= 1.0));
}

// Cross-entropy of a score x: a target is a * t + b (smoothing).
fn binaryOfScore(x: f32, t: f32, a: f32, b: f32) -> f32 {
  return max(x, 0.0) - x * (a * t + b) + log1p(exp(max(-abs(x), -87.0)));
}
fn binaryOfScoreSlope(x: f32, t: f32, a: f32, b: f32) -> f32 { return sigmoid(x) - (a * t + b); }

// A probability as Keras clips it.
fn clipped(y: f32) -> f32 { return clamp(y, 1e-7, 0.9999999); }

fn binary(y: f32, t: f32, a: f32, b: f32) -> f32 {
  let p = clipped(y);
  let goal = a * t + b;
  return -(goal * log(p) + (1.0 - goal) * log(1.0 - p));
}
fn binarySlope(y: f32, t: f32, a: f32, b: f32) -> f32 {
  let p = clipped(y);
  let goal = a * t + b;
  return select(0.0, (1.0 - goal) / (1.0 - p) - goal / p, p == y);
}

// v to a power, for v from 0; 1 where the power is 0.
fn powerOf(v: f32, power: f32) -> f32 {
  let low = select(0.0, 1.0, power == 0.0);
  return select(low, pow(max(v, 1e-38), power), v > 0.0);
}

// (1 - p)^c of the probability p that is given to what is so, times the cross-entropy and d + e * t.
fn focal(y: f32, t: f32, a: f32, b: f32, c: f32, d: f32, e: f32) -> f32 {
  let goal = a * t + b;
  let miss = goal * (1.0 - y) + (1.0 - goal) * y;
  return (d + e * goal) * powerOf(miss, c) * binary(y, t, a, b);
}
fn focalSlope(y: f32, t: f32, a: f32, b: f32, c: f32, d: f32, e: f32) -> f32 {
  let goal = a * t + b;
  let miss = goal * (1.0 - y) + (1.0 - goal) * y;
  let sharper = select(c * powerOf(miss, c - 1.0) * (1.0 - 2.0 * goal), 0.0, c == 0.0);
  return (d + e * goal) * (powerOf(miss, c) * binarySlope(y, t, a, b) + sharper * binary(y, t, a, b));
}

// 1 where y is above a threshold a and t is 1, or neither.
fn matching(y: f32, t: f32, a: f32) -> f32 { return select(0.0, 1.0, select(0.0, 1.0, y > a) == t); }
