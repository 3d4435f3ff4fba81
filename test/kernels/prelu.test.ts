import { expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { prelu } from '../../src/kernels/prelu.ts'
import { preluReference } from '../reference/activation.ts'
import { useDevice } from '../support/device.ts'
import { testGradient } from '../support/gradient.ts'
import { runGraph } from '../support/graphs.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  prelu,
  [
    { name: 'one slope per channel', inputs: [spiked([2, 5, 3, 7], 1), values([7], 2)], attrs: {} },
    { name: 'one slope per element', inputs: [spiked([3, 5, 3, 7], 3), values([5, 3, 7], 4)], attrs: {} },
    { name: 'features, more than one workgroup', inputs: [spiked([3, 300], 5), values([300], 6)], attrs: {} },
  ],
  preluReference,
)

testGradient(
  prelu,
  [
    { name: 'one slope per channel', inputs: [values([2, 3, 2, 5], 1), values([5], 2)], attrs: {} },
    { name: 'one slope per element', inputs: [values([3, 2, 3], 3), values([2, 3], 4)], attrs: {} },
  ],
  preluReference,
)

const device = useDevice()

// Keras: relu(x) - alpha * relu(-x), and the slope of relu at 0 is 0.
test('at 0 there is no slope', async () => {
  const g = new Graph()
  const [x, alpha] = [g.input('x', [1, 4]), g.input('alpha', [4])]
  const y = g.add(prelu, [x, alpha], {})
  const found = gradients(g, y, g.input('dy', [1, 4]), [x, alpha])
  for (const n of [x, alpha]) g.outputs.set(n.name, found.get(n)!)
  const feed = { x: Float32Array.of(0, -0, 2, -2), alpha: Float32Array.of(0.25, 0.5, 0.5, 0.5), dy: Float32Array.of(1, 3, 5, 7) }
  const { x: dx, alpha: dalpha } = await runGraph(device(), g, feed)
  expect(dx).toEqual(Float32Array.of(0, 0, 5, 3.5))
  expect(dalpha!.map((d) => d + 0)).toEqual(Float32Array.of(0, 0, 0, -14))
})

test('refuses slopes that do not fit', () => {
  const message = '[prelu] alpha must have the trailing axes of x, got alpha [4] and x [2,5,3]'
  expect(() => prelu.shape([[2, 5, 3], [4]], {})).toThrow(message)
  expect(() => prelu.shape([[3], [3]], {})).toThrow('got alpha [3] and x [3]')
})
