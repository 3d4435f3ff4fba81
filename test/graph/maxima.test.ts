/** Max pools that are trained through: what was pooled is free after the forward pass, and the bits are those of maxPool's own gradient. */
import { expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph, type Node } from '../../src/graph/graph.ts'
import { noteMaxima } from '../../src/graph/maxima.ts'
import { combine } from '../../src/kernels/combine.ts'
import { maxPool } from '../../src/kernels/max_pool.ts'
import { layOut, programOf } from '../../src/plan/layout.ts'
import type { Parameter } from '../../src/parameter.ts'
import { useDevice } from '../support/device.ts'
import { opNames, runGraph, weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const SHAPE = [1, 24, 21, 8]
const WINDOW = { poolSize: [2, 2], strides: [1, 1], padding: 'same' } as const
const SUM = { kind: 'add', activation: 'linear' } as const
const trainable = (p: Parameter) => p.trainable

/** A pool that nothing trains, then as many sums with a weight and pools of them as asked for. Output `y`. */
function chain(pools: number, poolSize: readonly [number, number] = WINDOW.poolSize): Graph {
  const g = new Graph()
  let x: Node = g.add(maxPool, [g.input('x', SHAPE)], WINDOW)
  const w = g.parameter(weight([8], { trainable: true }))
  for (let i = 0; i < pools; i++) x = g.add(maxPool, [g.add(combine, [x, w], SUM)], { ...WINDOW, poolSize })
  g.outputs.set('y', x)
  return g
}

/** With the gradient by the weight as another output. */
function withGradient(g: Graph): Graph {
  const y = g.outputs.get('y')!
  const w = g.nodes.find((n) => n.kind === 'parameter')!
  g.outputs.set('dw', gradients(g, y, g.input('dy', y.shape), [w]).get(w)!)
  return g
}

const bytesOf = (g: Graph) => layOut(programOf(g, { maxTensorBytes: Infinity })).slotBytes.reduce((a, b) => a + b, 0)

test('the backward pass reads a byte for each window, and gives the same bits', async () => {
  const plain = chain(6)
  const noted = noteMaxima(plain, trainable)
  const [kept, small] = [withGradient(plain), withGradient(noted)]
  const tensor = 4 * SHAPE.reduce((a, b) => a * b, 1)
  expect(bytesOf(kept)).toBeGreaterThan(8 * tensor)
  expect(bytesOf(small)).toBeLessThan(6 * tensor) // x, dy, y, two tensors in turns; a byte for each of six times a quarter of a tensor's values
  const inputs = { x: values(SHAPE, 1).data, dy: values(SHAPE, 2).data }
  expect(await runGraph(device(), small, inputs)).toEqual(await runGraph(device(), kept, inputs))
})

test('a pool that nothing trains, or whose windows a byte does not tell apart, stays as it is', () => {
  expect(opNames(noteMaxima(chain(1), trainable))).toEqual(['maxPool', 'combine', 'maxPoolArgmax', 'maxPoolAt'])
  expect(opNames(noteMaxima(chain(1, [17, 16]), trainable))).toEqual(['maxPool', 'combine', 'maxPool'])
  expect(opNames(noteMaxima(chain(1), () => false))).toEqual(['maxPool', 'combine', 'maxPool'])
})
