/** The oracle of a training step: dense layers with ReLU between them, softmax cross-entropy, in f64, with analytic gradients. */

export interface DenseWeights {
  /** [C,K] */
  readonly w: Float64Array
  /** [K] */
  readonly b: Float64Array
}

export interface Batch {
  /** [N,C] */
  readonly x: Float64Array
  /** [N,K] */
  readonly t: Float64Array
  readonly count: number
}

/** Mean loss, gradients per layer, gradient by x. */
export interface Step {
  readonly loss: number
  readonly grads: DenseWeights[]
  readonly dx: Float64Array
}

function dense(x: Float64Array, { w, b }: DenseWeights, N: number): Float64Array {
  const K = b.length
  const C = w.length / K
  const y = new Float64Array(N * K)
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      let sum = b[k]!
      for (let c = 0; c < C; c++) sum += x[n * C + c]! * w[c * K + k]!
      y[n * K + k] = sum
    }
  }
  return y
}

/** Mean cross-entropy of the rows and its gradient by the logits. */
function crossEntropy(logits: Float64Array, t: Float64Array, N: number): { loss: number; d: Float64Array } {
  const K = logits.length / N
  const d = new Float64Array(logits.length)
  let loss = 0
  for (let n = 0; n < N; n++) {
    const row = logits.subarray(n * K, n * K + K)
    const max = Math.max(...row)
    const sum = row.reduce((s, v) => s + Math.exp(v - max), 0)
    const mass = t.subarray(n * K, n * K + K).reduce((s, v) => s + v, 0)
    for (let k = 0; k < K; k++) {
      const i = n * K + k
      const logp = row[k]! - max - Math.log(sum)
      loss -= (t[i]! * logp) / N
      d[i] = (mass * Math.exp(logp) - t[i]!) / N
    }
  }
  return { loss, d }
}

function backward(x: Float64Array, { w, b }: DenseWeights, dy: Float64Array, N: number): { grads: DenseWeights; dx: Float64Array } {
  const K = b.length
  const C = w.length / K
  const grads = { w: new Float64Array(w.length), b: new Float64Array(K) }
  const dx = new Float64Array(N * C)
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const g = dy[n * K + k]!
      grads.b[k]! += g
      for (let c = 0; c < C; c++) {
        grads.w[c * K + k]! += x[n * C + c]! * g
        dx[n * C + c]! += w[c * K + k]! * g
      }
    }
  }
  return { grads, dx }
}

export function headStep({ x, t, count }: Batch, layers: readonly DenseWeights[]): Step {
  const inputs = [x]
  layers.forEach((layer, i) => {
    const y = dense(inputs[i]!, layer, count)
    inputs.push(i === layers.length - 1 ? y : y.map((v) => Math.max(v, 0)))
  })
  const { loss, d } = crossEntropy(inputs.at(-1)!, t, count)
  const grads: DenseWeights[] = []
  let dy = d
  for (let i = layers.length - 1; i >= 0; i--) {
    const back = backward(inputs[i]!, layers[i]!, dy, count)
    grads.unshift(back.grads)
    dy = i > 0 ? back.dx.map((v, j) => (inputs[i]![j]! > 0 ? v : 0)) : back.dx
  }
  return { loss, grads, dx: dy }
}

/** Changes `w` by gradient `g`. */
export type Update = (w: Float64Array, g: Float64Array) => void

/** Adam as Keras computes it, in f64; one state per array that it sees. */
export function adamOracle(rate: number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7): Update {
  const states = new Map<Float64Array, { m: Float64Array; v: Float64Array; t: number }>()
  return (w, g) => {
    const s = states.get(w) ?? { m: new Float64Array(w.length), v: new Float64Array(w.length), t: 0 }
    states.set(w, s)
    s.t++
    const a = (rate * Math.sqrt(1 - beta2 ** s.t)) / (1 - beta1 ** s.t)
    for (let i = 0; i < w.length; i++) {
      s.m[i]! += (g[i]! - s.m[i]!) * (1 - beta1)
      s.v[i]! += (g[i]! * g[i]! - s.v[i]!) * (1 - beta2)
      w[i]! -= (a * s.m[i]!) / (Math.sqrt(s.v[i]!) + epsilon)
    }
  }
}

/** Gradient descent with momentum as Keras has it. */
export function sgdOracle(rate: number, momentum = 0, nesterov = false): Update {
  const states = new Map<Float64Array, Float64Array>()
  return (w, g) => {
    const v = states.get(w) ?? new Float64Array(w.length)
    states.set(w, v)
    for (let i = 0; i < w.length; i++) {
      v[i] = momentum * v[i]! - rate * g[i]!
      w[i]! += nesterov ? momentum * v[i]! - rate * g[i]! : v[i]!
    }
  }
}
