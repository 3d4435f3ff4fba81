/** Numbers of a function's tensors: one step of several where they are fractions, each by itself where they may be whole, which TensorFlow rounds means of. */
import { expect, test } from 'vitest'
import { layers } from '../../../src/layers/index.ts'
import { OperationLayer } from '../../../src/layers/operations/operation.ts'
import type { SymbolicTensor } from '../../../src/layers/layer.ts'
import { Network } from '../../../src/layers/network.ts'
import { TensorOperations } from '../../../src/loaders/python/tensors.ts'
import { predictGraph } from '../../../src/training/predict_graph.ts'

const picture = layers.input({ shape: [4, 6, 3], name: 'picture' })
const argmax = (x: SymbolicTensor): SymbolicTensor =>
  new OperationLayer('Argmax', [{ tensor: 0 }, -1], {}, { name: 'argmax', tensorflow: true }).apply(x)

/** The classes of the layers of `2 * x + 1`, the last one first, and the graph of its mean. */
function affine(x: SymbolicTensor): { steps: string[]; mean: () => unknown } {
  const operations = new TensorOperations('own', (what) => what)
  const y = operations.binary('+', operations.binary('*', operations.tensor(x), 2n), 1n)
  const steps: string[] = []
  for (let at: SymbolicTensor | undefined = operations.symbol(y); at && at !== x; at = at.inputs[0]) steps.push(at.layer.className)
  const whole = new Network({ inputs: picture, outputs: operations.symbol(operations.operation('Mean', [y, 1n], {}, true)) })
  return { steps, mean: () => predictGraph(whole, 2) }
}

test.each<[string, SymbolicTensor]>([
  ['a picture', picture],
  ['what a layer makes of it', layers.flatten().apply(picture)],
])('%s: one step', (_, x) => {
  const { steps, mean } = affine(x)
  expect(steps).toEqual(['Rescaling'])
  expect(mean).not.toThrow()
})

test.each<[string, SymbolicTensor]>([
  ['places', argmax(picture)],
  ['places elsewhere', layers.flatten().apply(argmax(picture))],
])('%s are whole, and a mean of them is refused', (_, x) => {
  const { steps, mean } = affine(x)
  expect(steps).toEqual(['Add', 'Multiply'])
  expect(mean).toThrow('Mean: whole numbers must be cast to float32 first')
})
