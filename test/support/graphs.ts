/** Small graphs, and what runs them. */
import type { Device } from '../../src/device/device.ts'
import { Graph, reachable, type OpNode } from '../../src/graph/graph.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { batchNorm } from '../../src/kernels/batch_norm.ts'
import { combine } from '../../src/kernels/combine.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { fromArray, Parameter } from '../../src/parameter.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan, type PlanInputs } from '../../src/plan/plan.ts'
import type { Shape } from '../../src/shape.ts'
import { values } from './values.ts'

const SUM = { kind: 'add', activation: 'linear' } as const

let count = 0

/** A weight of values from `low` to 1, each with a seed of its own. */
export function weight(shape: Shape, { low = -1, trainable = false } = {}): Parameter {
  return new Parameter('layer', `w${++count}`, fromArray(shape, values(shape, count, low, 1).data), trainable)
}

/** What a plan would run. */
export function opNames(g: Graph): string[] {
  const alive = reachable(g)
  return g.nodes.filter((n): n is OpNode => n.kind === 'op' && alive.has(n.id)).map((n) => n.op.name)
}

export function parametersOf(g: Graph): Set<Parameter> {
  return new Set(g.nodes.flatMap((n) => (n.kind === 'parameter' ? [n.parameter] : [])))
}

/** Runs a graph once with its parameters as they come from their sources. */
export async function runGraph(device: Device, g: Graph, inputs: PlanInputs): Promise<Record<string, Float32Array>> {
  const store = parameterStoreOf(device)
  const parameters = parametersOf(g)
  await store.load(parameters)
  try {
    using plan = await Plan.compile(store, g)
    return await plan.run(inputs)
  } finally {
    store.release(parameters)
  }
}

/** conv, batch norm, residual add, relu: what ResNets are made of. x [2,5,7,8], output `y`. */
export function residualBlock({ trainableConv = false, trainableBias = false, trainableBefore = false } = {}): Graph {
  const g = new Graph()
  const input = g.input('x', [2, 5, 7, 8])
  const x = trainableBefore ? g.add(combine, [input, g.parameter(weight(input.shape, { trainable: true }))], SUM) : input
  const p = (shape: Shape, options?: Parameters<typeof weight>[1]) => g.parameter(weight(shape, options))
  const attrs = { strides: [1, 1], padding: 'same', groups: 1, activation: 'linear' } as const
  const y = g.add(conv2d, [x, p([3, 3, 8, 8], { trainable: trainableConv }), p([8], { trainable: trainableBias })], attrs)
  const n = g.add(batchNorm, [y, p([8]), p([8]), p([8]), p([8], { low: 0.5 })], { epsilon: 1e-3 })
  g.outputs.set('y', g.add(activation, [g.add(combine, [x, n], SUM)], { activation: 'relu' }))
  return g
}
