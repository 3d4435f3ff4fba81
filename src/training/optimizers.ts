/** Optimizers, with Keras 3's formulas and defaults. The update of every weight is part of the training plan. */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import type { Graph, Node, ParameterNode } from '../graph/graph.ts'
import { filled, Parameter } from '../parameter.ts'
import { adam as adamOp } from '../kernels/adam.ts'
import { sgd as sgdOp } from '../kernels/sgd.ts'
import { sgdMomentum } from '../kernels/sgd_momentum.ts'

/** A weight that a step changes. */
export interface Trained {
  readonly weight: ParameterNode
  /** The gradient of the loss by it, of its shape. */
  readonly dw: Node
  /** The optimizer's state of it. */
  readonly state: readonly Parameter[]
}

export interface Optimizer {
  readonly name: string
  learningRate: number
  /** Number of values of the per-step input `hyper`. */
  readonly hyperSize: number
  /** The per-step values for step 1, 2, ... */
  hyper(step: number): Float32Array
  /** New state for one weight: moments, velocity. */
  state(weight: Parameter): Parameter[]
  /** Appends the updates of all weights of a step. @param hyper the step's values [hyperSize] */
  apply(g: Graph, trained: readonly Trained[], hyper: Node): void
}

/** @throws ArgumentError for what is no optimizer */
export function checkOptimizer(given: unknown): void {
  if (isRecord(given) && typeof given['apply'] === 'function' && typeof given['hyper'] === 'function') return
  throw new ArgumentError('compile', `optimizer must be what adam() or sgd() gave, got ${described(given)}`)
}

function checkRate(name: string, what: string, value: number, below = Infinity): number {
  if (!(value >= 0 && value < below)) throw new ArgumentError(name, `${what} must be in [0, ${below}), got ${value}`)
  return value
}

/** Appends the update of each weight under its name. */
function eachOf(g: Graph, name: string, trained: readonly Trained[], update: (t: Trained) => void): void {
  for (const t of trained) {
    g.scope = `${t.weight.parameter.path} ${name}`
    update(t)
  }
  g.scope = ''
}

export interface AdamOptions {
  /** Default 1e-3. */
  learningRate?: number
  /** Default 0.9. */
  beta1?: number
  /** Default 0.999. */
  beta2?: number
  /** Default 1e-7, outside the bias correction. */
  epsilon?: number
}

/**
 * Adam (Kingma and Ba 2015) as Keras computes it: w -= a_t * m / (sqrt(v) + epsilon) with
 * a_t = learningRate * sqrt(1 - beta2^t) / (1 - beta1^t).
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const beta1 = checkRate('adam', 'beta1', options.beta1 ?? 0.9, 1)
  const beta2 = checkRate('adam', 'beta2', options.beta2 ?? 0.999, 1)
  const epsilon = checkRate('adam', 'epsilon', options.epsilon ?? 1e-7)
  return {
    name: 'adam',
    learningRate: checkRate('adam', 'learningRate', options.learningRate ?? 1e-3),
    hyperSize: 1,
    hyper(step) {
      return Float32Array.of((this.learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step))
    },
    state: (w) => ['m', 'v'].map((s) => new Parameter(w.layer, `${w.name}/adam_${s}`, filled(w.shape, 0))),
    apply: (g, trained, hyper) =>
      eachOf(g, 'adam', trained, ({ weight, dw, state }) => {
        g.update(adamOp, [dw, hyper], [weight.parameter, ...state], { beta1, beta2, epsilon })
      }),
  }
}

export interface SgdOptions {
  /** Default 0.01. */
  learningRate?: number
  /** Default 0. */
  momentum?: number
  /** Default false. Needs momentum. */
  nesterov?: boolean
}

/** Gradient descent, with momentum as Keras has it: v = momentum * v - learningRate * g; w += v. */
export function sgd(options: SgdOptions = {}): Optimizer {
  const momentum = checkRate('sgd', 'momentum', options.momentum ?? 0, 1)
  const nesterov = options.nesterov ?? false
  if (nesterov && momentum === 0) throw new ArgumentError('sgd', 'nesterov needs a momentum greater than 0, got 0')
  return {
    name: 'sgd',
    learningRate: checkRate('sgd', 'learningRate', options.learningRate ?? 0.01),
    hyperSize: 1,
    hyper() {
      return Float32Array.of(this.learningRate)
    },
    state: (w) => (momentum ? [new Parameter(w.layer, `${w.name}/sgd_velocity`, filled(w.shape, 0))] : []),
    apply: (g, trained, hyper) =>
      eachOf(g, 'sgd', trained, ({ weight, dw, state }) => {
        if (momentum) g.update(sgdMomentum, [dw, hyper], [weight.parameter, ...state], { momentum, nesterov })
        else g.update(sgdOp, [dw, hyper], [weight.parameter], {})
      }),
  }
}
