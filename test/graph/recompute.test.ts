/** The forward pass computed again in parts: less memory, the same bits. */
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph, type Node } from '../../src/graph/graph.ts'
import { recompute } from '../../src/graph/recompute.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { batchNorm } from '../../src/kernels/batch_norm.ts'
import { batchNormTrain } from '../../src/kernels/batch_norm_train/batch_norm_train.ts'
import { combine } from '../../src/kernels/combine.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { dropout } from '../../src/kernels/dropout.ts'
import { globalAvgPool } from '../../src/kernels/global_avg_pool.ts'
import { moments } from '../../src/kernels/moments.ts'
import { moveStatistics } from '../../src/kernels/move_statistics.ts'
import { layOut, programOf } from '../../src/plan/layout.ts'
import { useDevice } from '../support/device.ts'
import { opNames, runGraph, weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, H, W, C] = [2, 12, 11, 8]

/** conv, batch normalisation by the batch, dropout, a residual sum and relu, again and again. */
function deepGraph(blocks: number): { g: Graph; end: number } {
  const g = new Graph()
  const seed = g.input('seed', [2], 'u32')
  const attrs = { strides: [1, 1], padding: 'same', groups: 1, activation: 'linear' } as const
  const weights: Node[] = []
  let x: Node = g.input('x', [N, H, W, C])
  for (let i = 0; i < blocks; i++) {
    const w = g.parameter(weight([3, 3, C, C], { trainable: true }))
    const gamma = g.parameter(weight([C], { trainable: true }))
    weights.push(w, gamma)
    const y: Node = g.add(conv2d, [x, w], attrs)
    const normal: Node = g.add(batchNormTrain, [y, gamma, undefined, g.add(moments, [y], {})], { epsilon: 1e-3 })
    const kept: Node = g.add(dropout, [normal, seed], { rate: 0.3, salt: i })
    const sum: Node = g.add(combine, [x, kept], { kind: 'add', activation: 'linear' })
    x = g.add(activation, [sum], { activation: 'tanh' })
  }
  const end = g.nodes.length + 1
  const loss = g.add(globalAvgPool, [x], {})
  gradients(g, loss, g.input('dLoss', loss.shape), weights).forEach((dw, w) => g.outputs.set(`d${w.name}`, dw))
  return { g, end }
}

/** A layer that is called with its statistics, which then move with the batch, again and again. */
function movingGraph(calls: number): { g: Graph; end: number } {
  const g = new Graph()
  const factor = g.parameter(weight([C], { trainable: true }))
  let x: Node = g.add(combine, [g.input('x', [N, H, W, C]), factor], { kind: 'multiply', activation: 'linear' })
  for (let i = 0; i < calls; i++) {
    const statistics = [weight([C]), weight([C], { low: 0.5 })]
    const y: Node = g.add(batchNorm, [x, undefined, undefined, ...statistics.map((p) => g.parameter(p))], { epsilon: 1e-3 })
    g.update(moveStatistics, [g.add(moments, [x], {})], statistics, { momentum: 0.5 })
    x = g.add(activation, [y], { activation: 'silu' })
  }
  const end = g.nodes.length + 1
  const loss = g.add(globalAvgPool, [x], {})
  gradients(g, loss, g.input('dLoss', loss.shape), [factor]).forEach((dw) => g.outputs.set('dw', dw))
  return { g, end }
}

const bytesOf = (g: Graph) => layOut(programOf(g, { maxTensorBytes: Infinity })).slotBytes.reduce((a, b) => a + b, 0)
const tensorBytes = 4 * N * H * W * C

describe('recompute', () => {
  test('gives the bits of what is kept, and needs less memory the smaller the parts', async () => {
    const { g, end } = deepGraph(9)
    const parts = [10, 7, 5].map((tensors) => recompute(g, end, tensors * tensorBytes))
    const bytes = [g, ...parts].map(bytesOf)
    expect(bytes[1]).toBeLessThan(0.8 * bytes[0]!)
    expect(bytes[2]).toBeLessThan(bytes[1]!)
    expect(bytes[2]).toBeLessThan(0.6 * bytes[0]!)
    const inputs = { x: values([N, H, W, C], 1).data, seed: Uint32Array.of(7, 0), dLoss: values([N, C], 2).data }
    const expected = await runGraph(device(), g, inputs)
    for (const part of parts) expect(await runGraph(device(), part, inputs)).toEqual(expected)
  })

  test('what is made of state that moves in the forward pass is kept', async () => {
    const { g, end } = movingGraph(9)
    const inputs = { x: values([N, H, W, C], 1).data, dLoss: values([N, C], 2).data }
    const again = recompute(g, end, 3 * tensorBytes)
    expect(again).not.toBe(g)
    expect(await runGraph(device(), again, inputs)).toEqual(await runGraph(device(), g, inputs))
  })

  test('computes nothing again where all fits one part, nor the last part', () => {
    const { g, end } = deepGraph(4)
    expect(recompute(g, end, 100 * tensorBytes)).toBe(g)
    const convs = (graph: Graph) => opNames(graph).filter((name) => name === 'conv2d').length
    const again = convs(recompute(g, end, 7 * tensorBytes)) - convs(g)
    expect(again).toBeGreaterThan(0)
    expect(again).toBeLessThan(4)
  })
})
