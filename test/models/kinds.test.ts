/** What is true or false, and whole numbers: what layers and operations make of them, as Keras of each age does, or refuse (src/layers/operations/kinds.ts). */
import { describe, expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { layers } from '../../src/index.ts'
import { Constants } from '../../src/layers/constants.ts'
import { kinds } from '../../src/layers/kinds.ts'
import { InputLayer } from '../../src/layers/input_layer.ts'
import type { Layer } from '../../src/layers/layer.ts'
import { Network } from '../../src/layers/network.ts'
import { OperationLayer } from '../../src/layers/operations/operation.ts'
import { emitOperation } from '../../src/layers/operations/operations.ts'
import type { Argument } from '../../src/layers/operations/values.ts'
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'

const device = useDevice()

describe('what is no fraction', () => {
  /** The graph of a model of one picture, by layers that are called in turn. */
  const emitted = (layer: Layer, ...inputs: readonly (readonly [op: string, ...args: Argument[]])[]) => {
    const c = { name: 'op', graph: new Graph(), constants: new Constants('op') }
    const x = new InputLayer({ shape: [4, 4, 3] }).tensor()
    const ops = inputs.map(([op, ...args]) => new OperationLayer(op, [{ tensor: 0 }, ...args] as never, {}, {}).apply(x))
    const network = new Network({ inputs: x, outputs: layer.apply(ops.length === 1 ? ops[0]! : ops) })
    return network.emitAll({ ...c, training: false, augment: false, seed: () => never() }, [c.graph.input('x', [2, 4, 4, 3])])
  }
  const never = (): never => {
    throw new Error('nothing is drawn')
  }
  const truths = [['Greater', 0] as const, ['Less', 1] as const]
  // Keras 3 gives 1 for two truths, tf.keras refuses them.
  test.each([layers.add(), layers.subtract(), layers.average(), layers.dot({ axes: -1 })])('is refused by %# of truths', (layer) => {
    expect(() => emitted(layer, ...truths)).toThrow(
      `[${layer.name}] ${layer.className}: what is true or false must be cast to float32 first (in Python: ops.cast(x, 'float32'), tf.cast)`,
    )
  })

  test.each([layers.multiply(), layers.maximum(), layers.minimum(), layers.concatenate()])(
    'goes through %#, and stays a truth',
    (layer) => {
      const [y] = emitted(layer, ...truths)
      expect(kinds.get(y!)?.name).toBe('truth')
    },
  )

  test.each([layers.flatten(), layers.relu(), layers.upSampling2d({ size: 2 })])('whole numbers stay so through %#', (layer) => {
    const [y] = emitted(layer, ['Argmax', -1, true])
    expect(kinds.get(y!)?.name).toBe('whole')
  })

  // tf.keras rounds the mean towards 0, and what is between two; the others are so in Keras 3.
  test.each([
    layers.globalAveragePooling2d(),
    layers.relu({ maxValue: 1.5 }),
    layers.upSampling2d({ size: 2, interpolation: 'bilinear' }),
    layers.layerNormalization(),
    layers.resizing({ height: 2, width: 2 }),
  ])('whole numbers are refused by %#', (layer) => {
    expect(() => emitted(layer, ['Argmax', -1, true])).toThrow(
      `[${layer.name}] ${layer.className}: whole numbers must be cast to float32 first`,
    )
  })

  const given = (tensorflow: boolean) => ({ name: 'op', graph: new Graph(), constants: new Constants('op'), tensorflow })
  test.each<[op: string, argument: number | number[]]>([
    ['Mean', 1],
    ['Var', 1],
    ['Multiply', [0.5, 1, 2, 3]],
    ['RGBToGrayscale', 0],
    ['Power', -1],
  ])("TensorFlow's %s of whole numbers is refused", (op, argument) => {
    const c = given(true)
    const [x] = emitOperation(c, 'Argmax', [c.graph.input('x', [2, 4, 4, 3]), -1])
    expect(() => emitOperation(c, op, [x!, ...(op === 'RGBToGrayscale' ? [] : [argument])])).toThrow(
      `[op] ${op}: whole numbers must be cast to float32 first`,
    )
  })

  test.each([0.1, 0])('what is left by %f is refused: f32 does not have its multiples', (by) => {
    const c = given(false)
    expect(() => emitOperation(c, 'Mod', [c.graph.input('x', [2, 4]), by])).toThrow(
      `[op] Mod: x2 must be whole numbers that are not 0, got ${by}`,
    )
  })

  test('what is chosen of whole numbers is whole in TensorFlow', () => {
    const c = given(true)
    const [condition] = emitOperation(c, 'Greater', [c.graph.input('x', [2, 4, 4, 3]), 0])
    const [ones] = emitOperation(c, 'Where', [condition!, 1, 0])
    const [fractions] = emitOperation(c, 'Where', [condition!, 1, 0.5])
    expect(() => emitOperation(c, 'Mean', [ones!, 1])).toThrow('[op] Mean: whole numbers must be cast to float32 first')
    expect(emitOperation(c, 'Mean', [fractions!, 1])[0]!.shape).toEqual([2, 4, 3])
    expect(emitOperation(c, 'Mean', [emitOperation(c, 'Cast', [ones!, 'float32'])[0]!, 1])[0]!.shape).toEqual([2, 4, 3])
  })
})

test.each(['Absolute', 'OnesLike', 'Sort'])('what %s gives of what is true or false is so, too', (op) => {
  const c = { name: 'op', graph: new Graph(), constants: new Constants('op') }
  const [x, y] = ['x', 'y'].map((name) => emitOperation(c, 'Greater', [c.graph.input(name, [2, 4, 4]), 0])[0]!)
  const [kept] = emitOperation(c, op, [x!])
  expect(() => emitOperation(c, 'Matmul', [kept!, y!])).toThrow('Matmul: what is true or false must be cast to float32 first')
})

test('a multiple rounded down is how many times it is, whatever a quotient is rounded to', async () => {
  const c = { name: 'op', graph: new Graph(), constants: new Constants('op') }
  const by = Array.from({ length: 255 }, (_, i) => i + 1)
  const x = Float32Array.from({ length: 8 * 255 }, (_, i) => by[i % 255]! * (Math.floor(i / 255) + 1))
  const given = c.graph.input('x', [8, 255])
  c.graph.outputs.set('times', emitOperation(c, 'FloorDivide', [given, by])[0]!)
  c.graph.outputs.set('left', emitOperation(c, 'Mod', [given, by])[0]!)
  const { times, left } = await runGraph(device(), c.graph, { x })
  expect([...times!]).toEqual(Array.from(x, (_, i) => Math.floor(i / 255) + 1))
  expect([...left!].every((v) => v === 0)).toBe(true)
})

test('what is a little below 0 is rounded down to -1, and all but a multiple is left', async () => {
  const c = { name: 'op', graph: new Graph(), constants: new Constants('op') }
  const x = Float32Array.of(-1e-9, -1e-30, -2.9999998, 2.9999998)
  const given = c.graph.input('x', [1, 4])
  for (const by of [3, -3]) {
    c.graph.outputs.set(`times${by}`, emitOperation(c, 'FloorDivide', [given, by])[0]!)
    c.graph.outputs.set(`left${by}`, emitOperation(c, 'Mod', [given, by])[0]!)
  }
  const y = await runGraph(device(), c.graph, { x })
  expect([...y['times3']!]).toEqual([-1, -1, -1, 0])
  expect([...y['left3']!]).toEqual([3, 3, 3 + x[2]!, x[3]])
  expect([...y['times-3']!]).toEqual([0, 0, 0, -1])
  expect([...y['left-3']!]).toEqual([...x.subarray(0, 3), x[3]! - 3])
})
