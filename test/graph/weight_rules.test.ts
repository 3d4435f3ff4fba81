/** Penalties and constraints of weights that exceed a binding: row ranges of them come to what the whole ones come to. */
import { BASE_CAPS } from '../../src/caps.ts'
import { expect, test } from 'vitest'
import { reachable } from '../../src/graph/graph.ts'
import { lower } from '../../src/graph/lower.ts'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { constraints, regularizers, type ConstraintLike } from '../../src/layers/weight_rules.ts'
import { fromArray } from '../../src/parameter.ts'
import { sizeOf } from '../../src/shape.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { trainingGraph } from '../../src/training/step_graphs.ts'
import { opNames } from '../support/graphs.ts'
import { classification } from '../support/objective.ts'
import { quarters, trainedUnder, updatingOf } from '../support/under_limit.ts'

const [N, C, UNITS, K] = [3, 60, 40, 8]
const LIMIT = 4096 // bytes: 25 rows of the kernel, which has 60
const STEPS = 3
const optimizer = sgd({ learningRate: 0.1 })

function network(kernelConstraint: ConstraintLike): Network {
  const input = layers.input({ shape: [C] })
  const ruled = { kernelConstraint, kernelRegularizer: regularizers.l1l2({ l1: 0.01, l2: 0.02 }) }
  const x = layers.dense({ units: UNITS, activation: 'relu', name: 'ruled', ...ruled }).apply(input)
  const made = new Network({ inputs: input, outputs: layers.dense({ units: K, activation: 'softmax', name: 'last' }).apply(x) })
  made.weights.forEach((w, i) => (w.source = fromArray(w.shape, quarters(w.shape, i + 1))))
  return made
}

const cases: [string, ConstraintLike, number][] = [
  ['lengths of columns, which go through all parts', constraints.maxNorm({ maxValue: 0.5 }), 3],
  ['lengths of rows, which lie within a part', constraints.unitNorm({ axis: 1 }), 3],
  ['the length of all', constraints.minMaxNorm({ maxValue: 2, rate: 0.5, axis: [0, 1] }), 3],
  ['values from 0', 'nonNeg', 0],
]

test.each(cases)('%s: no tensor of a step exceeds the limit', (_, constraint, squares) => {
  const made = network(constraint)
  const g = lower(trainingGraph(lossGraph(made, classification(K), N, true), updatingOf(made, optimizer)), LIMIT, {
    ...BASE_CAPS,
    software: true,
  })
  const alive = reachable(g)
  for (const n of g.nodes) if (alive.has(n.id)) expect(4 * sizeOf(n.shape), n.name).toBeLessThanOrEqual(LIMIT)
  const count = (op: string) => opNames(g).filter((name) => name === op).length
  const counts = ['penalty', 'penaltyGrad', 'vectorSquares', 'constrain'].map(count)
  expect(counts).toEqual([3, 3, squares, 3])
})

test.each(cases)('%s: weights after some steps', async (_, constraint) => {
  const training = () => ({ network: network(constraint), optimizer, samples: N, steps: STEPS })
  const [whole, parts] = [await trainedUnder(2 ** 24, training()), await trainedUnder(LIMIT, training())]
  const before = (await network(constraint).weights[0]!.source.read(0, C * UNITS)) as Float32Array
  expect(whole.get('ruled/kernel')).not.toEqual(before)
  // A step adds up C, then UNITS products, and C * UNITS squares, of values of at most 1.
  const bound = STEPS * (C + UNITS + C * UNITS) * 2 ** -23
  for (const [path, values] of whole) {
    const worst = values.reduce((m, v, i) => Math.max(m, Math.abs(v - parts.get(path)![i]!)), 0)
    expect(worst, path).toBeLessThan(bound)
  }
})
