/**
 * The oracles against what real Keras computed (test/golden/make_ops.py). Keras computes in f32 as well, so its values may be off by the
 * oracle's bound, and by what an op's own way of computing adds, which is named where it applies. No GPU.
 */
import { describe, expect, test } from 'vitest'
import golden from '../golden/ops.json'
import { mismatch } from '../support/close.ts'
import { batchNormReference, preprocessReference, rescaleReference } from './elementwise.ts'
import { softmaxCrossEntropyReference, softmaxReference } from './loss.ts'
import { optimizeReference } from './optimizers.ts'
import { avgPoolReference, globalAvgPoolReference, globalMaxPoolReference, maxPoolReference } from './pooling.ts'
import { EPS, type Reference } from './reference.ts'
import { padReference, resizeBilinearReference } from './shaping.ts'
import type { Inputs, Values } from './values.ts'

interface GoldenCase {
  name: string
  inputs: (Values | null)[]
  state?: Values[]
  attrs: object
  outputs: Values[]
}

/** The oracle of an op; attrs come from JSON, where their types are lost. */
type Oracle = (inputs: Inputs, state: readonly Values[], attrs: never) => Reference[]

const one =
  (f: (inputs: Inputs, attrs: never) => Reference): Oracle =>
  (inputs, _, attrs) => [f(inputs, attrs)]

/** Adds `extra` to the bound of every element. */
function widened(reference: Reference, extra: (i: number) => number): Reference {
  return { ...reference, bound: reference.bound.map((b, i) => b + extra(i)) }
}

/**
 * Keras's backend places samples in f32: a position up to `size` pixels has an error of some 4 roundings, and the value changes by at
 * most the largest difference of two pixels per pixel, on two axes. It also divides by the sum of the weights: two roundings more.
 */
const resize: Oracle = ([x], _, attrs) => {
  const largest = Math.max(...Array.from(x!.data, Math.abs))
  const size = Math.max(x!.shape[1]!, x!.shape[2]!)
  return [widened(resizeBilinearReference([x], attrs), () => 2 * (4 * size + 2) * EPS * largest)]
}

/** A step by a rule. @param inputs the gradient, and the size of the step: the learning rate with whatever goes with it */
function stepped([g, size]: Inputs, state: readonly Values[], rule: { rule: string; state: string[]; k: number[] }): Reference[] {
  const hyper = { shape: [6], data: [size!.data[0]!, 1, 0, 0, 0, 0] }
  return optimizeReference([g, hyper], state, { ...rule, multiplier: 1, decay: 0, limit: 0, norm: 0, average: false })
}

/**
 * Keras computes 1 - beta^t in f32, where beta2^t near 1 loses digits: each of t + 1 roundings of beta2^t, half an EPS, weighs
 * 1 / (1 - beta2^t), and half of that under the root. The step size and so the step carry it. The step number is read off `v`'s case.
 */
const adam: Oracle = (inputs, state, attrs) => {
  const { beta1, beta2, epsilon } = attrs as { beta1: number; beta2: number; epsilon: number }
  const k = [1 - beta1, 1 - beta2, epsilon]
  const [w, m, v] = stepped(inputs, state, { rule: 'adam', state: ['a', 'b'], k }) as [Reference, Reference, Reference]
  const t = [1, 2, 3].find((n) => Math.abs(inputs[1]!.data[0]! / ((0.01 * Math.sqrt(1 - beta2 ** n)) / (1 - beta1 ** n)) - 1) < 1e-6)!
  const relative = (((t + 1) * EPS) / 2) * (0.5 / (1 - beta2 ** t) + 1 / (1 - beta1 ** t)) + 4 * EPS
  return [widened(w, (i) => relative * Math.abs(w.y[i]! - state[0]!.data[i]!)), m, v]
}

/** Keras computes x * scale + (beta - mean * scale), which loses what x and mean have in common: three roundings of each product. */
const batchNorm: Oracle = (inputs, _, attrs) => {
  const [x, gamma, , mean, variance] = inputs as (Values | undefined)[]
  const { epsilon } = attrs as { epsilon: number }
  const C = mean!.data.length
  return [
    widened(batchNormReference(inputs, attrs), (i) => {
      const scale = (gamma?.data[i % C] ?? 1) / Math.sqrt(variance!.data[i % C]! + epsilon)
      return 3 * EPS * (Math.abs(x!.data[i]!) + Math.abs(mean!.data[i % C]!)) * Math.abs(scale)
    }),
  ]
}

const oracles: Record<keyof typeof golden, Oracle> = {
  resizeBilinear: resize,
  maxPool: one(maxPoolReference),
  avgPool: one(avgPoolReference),
  globalAvgPool: one(globalAvgPoolReference),
  globalMaxPool: one(globalMaxPoolReference),
  pad: one(padReference),
  preprocess: one(preprocessReference),
  rescale: one(rescaleReference),
  batchNorm,
  softmax: one(softmaxReference),
  softmaxCrossEntropy: one(softmaxCrossEntropyReference),
  adam,
  sgd: (inputs, state) => stepped(inputs, state, { rule: 'descent', state: [], k: [] }),
  sgdMomentum(inputs, state, { momentum, nesterov }: { momentum: number; nesterov: boolean }) {
    return stepped(inputs, state, { rule: 'momentum', state: ['a'], k: [momentum, nesterov ? 1 : 0] })
  },
}

describe.each(Object.entries(oracles))('%s', (op, oracle) => {
  test.each(golden[op as keyof typeof golden] as GoldenCase[])('$name', ({ inputs, state = [], attrs, outputs }) => {
    const references = oracle(
      inputs.map((v) => v ?? undefined),
      state,
      attrs as never,
    )
    expect(references.map((r) => r.shape)).toEqual(outputs.map((v) => v.shape))
    references.forEach((r, i) => expect(mismatch(Float32Array.from(outputs[i]!.data), r)).toBeUndefined())
  })
})
