// The rules of optimizers (keras/src/optimizers), for one element: what is subtracted from the weight, and the state after it. What one needs is
// put into the shader of `optimize` (rules.ts).
// d: the gradient, rate: the learning rate, s: the state, h: numbers of this step, k: constants.

// A mean that moves towards its next value.
fn moved(mean: f32, next: f32, share: f32) -> f32 { return mean + (next - mean) * share; }

fn descent(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f { return vec4f(rate * d, s); }

// k: momentum; 1: one step ahead (Nesterov).
fn momentum(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let step = rate * d;
  let velocity = k.x * s.x - step;
  return vec4f(-select(velocity, k.x * velocity - step, k.y != 0.0), velocity, s.yz);
}

// s: velocity, momentum, mean gradient. k: 1 - rho, epsilon, momentum; 1: centered.
fn rmsprop(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let velocity = moved(s.x, d * d, k.x);
  let mean = moved(s.z, d, k.x);
  let centre = select(0.0, mean * mean, k.w != 0.0);
  let step = k.z * s.y + rate * d / sqrt(velocity - centre + k.y);
  return vec4f(step, velocity, step, mean);
}

// Without momentum, and epsilon outside of the root. s, k: of rmsprop.
fn rmspropOutside(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let velocity = moved(s.x, d * d, k.x);
  let mean = moved(s.z, d, k.x);
  let centre = select(0.0, mean * mean, k.w != 0.0);
  return vec4f(rate * d / (sqrt(velocity - centre) + k.y), velocity, s.y, mean);
}

// s: accumulator. k: epsilon.
fn adagrad(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let sum = s.x + d * d;
  return vec4f(rate * d / sqrt(sum + k.x), sum, s.yz);
}

// Epsilon outside of the root. s, k: of adagrad.
fn adagradOutside(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let sum = s.x + d * d;
  return vec4f(rate * d / (sqrt(sum) + k.x), sum, s.yz);
}

// s: means of the squared gradient and of the squared change. k: 1 - rho, epsilon.
fn adadelta(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let gradient = moved(s.x, d * d, k.x);
  let change = sqrt(s.y + k.y) * d / sqrt(gradient + k.y);
  return vec4f(rate * change, gradient, moved(s.y, change * change, k.x), s.z);
}

// s: momentum, velocity, largest velocity (AMSGrad; else 0). h: bias correction. k: 1 - beta1, 1 - beta2, epsilon.
fn adam(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let m = moved(s.x, d, k.x);
  let v = moved(s.y, d * d, k.y);
  let most = max(s.z, v);
  return vec4f(m * (rate * h.x) / (sqrt(most) + k.z), m, v, most);
}

// s: momentum, norm. h: 1 - beta1^t. k: 1 - beta1, beta2, epsilon.
fn adamax(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let m = moved(s.x, d, k.x);
  let u = max(k.y * s.y, abs(d));
  return vec4f(rate * m / (h.x * (u + k.z)), m, u, s.z);
}

// s: momentum, velocity. h: shares of momentum and gradient, 1 - beta2^t. k: 1 - beta1, 1 - beta2, epsilon.
fn nadam(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  let m = moved(s.x, d, k.x);
  let v = moved(s.y, d * d, k.y);
  return vec4f((h.x * m + h.y * d) * rate / (sqrt(v / h.z) + k.z), m, v, s.z);
}

// s: momentum. k: beta1, 1 - beta1, beta2, 1 - beta2.
fn lion(d: f32, rate: f32, s: vec3f, h: vec3f, k: vec4f) -> vec4f {
  return vec4f(rate * sign(s.x * k.x + d * k.y), s.x * k.z + d * k.w, s.yz);
}
