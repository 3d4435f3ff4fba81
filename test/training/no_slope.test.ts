/** What jumps has no slope: a loss that is cut off from all weights is refused, and weights that only some of it is cut off from stay, as in Keras. */
import { describe, expect, test } from 'vitest'
import { ArgumentError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { OperationLayer } from '../../src/layers/operations/operation.ts'
import { inputGradients } from '../../src/training/explain.ts'
import { Model } from '../../src/training/model.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const data = { x: values([6, 4], 1), y: values([6, 3], 2) }

const operation = (name: string, op: string, x: SymbolicTensor, ...args: readonly (number | string)[]) =>
  new OperationLayer(op, [{ tensor: 0 }, ...args], {}, { name }).apply(x)

async function compiled(jumps: (x: SymbolicTensor) => SymbolicTensor, beside: boolean): Promise<Model> {
  const x = layers.input({ shape: [4] })
  const cut = jumps(layers.dense({ units: 3, name: 'before' }).apply(x))
  const outputs = beside ? layers.add().apply([cut, layers.dense({ units: 3, name: 'beside' }).apply(x)]) : cut
  const model = new Model({ inputs: x, outputs })
  await model.compile({ device: device(), optimizer: 'adam', loss: 'meanSquaredError' })
  return model
}

describe.each<[string, string, (x: SymbolicTensor) => SymbolicTensor]>([
  ['a comparison', 'above (combine)', (x) => operation('number', 'Cast', operation('above', 'Greater', x, 0), 'float32')],
  ['rounding', 'whole (unary)', (x) => operation('whole', 'Round', x)],
  ['a sign', 'sign (unary)', (x) => operation('sign', 'Sign', x)],
  ['an order', 'order (sortPlaces)', (x) => operation('number', 'Cast', operation('order', 'Argsort', x, -1), 'float32')],
  ['ones', 'ones (combine)', (x) => operation('ones', 'OnesLike', x)],
])('%s', (_, cut, jumps) => {
  test('is refused where nothing else trains', async () => {
    using model = await compiled(jumps, false)
    const error = await model.fit(data, { epochs: 1, batchSize: 6 }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ArgumentError)
    expect((error as Error).message).toBe(
      '[fit] the loss must have a slope by a trainable weight: comparisons, rounding and places jump where they change at all (leave them out of ' +
        `what trains, or take what is before them as an output), got one that is cut off from all of them by ${cut}`,
    )
  })

  test('leaves the weights before it as they are where others train', async () => {
    using model = await compiled(jumps, true)
    const weightsOf = async (name: string) => (await model.getLayer(name).getWeights()).map(({ data }) => [...data])
    const [before, beside] = [await weightsOf('before'), await weightsOf('beside')]
    await model.fit(data, { epochs: 2, batchSize: 3 })
    expect(await weightsOf('before')).toEqual(before)
    expect(await weightsOf('beside')).not.toEqual(beside)
  })
})

test('an explanation by what is cut off from the score is refused', async () => {
  using model = await compiled((x) => operation('number', 'Cast', operation('above', 'Greater', x, 0), 'float32'), false)
  await expect(inputGradients(model, data.x)).rejects.toThrow(
    'a layer must lead to the score, by a slope, to explain it, got one that above cuts off from it (a comparison or a place jumps)',
  )
})
