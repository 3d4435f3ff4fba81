/** Preprocessing as a layer: the numbers of each mode, as the graph computes them. */
import { expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { loadModel } from '../../src/models/load_model.ts'
import { PREPROCESS_MODES, type PreprocessMode } from '../../src/preprocess_modes.ts'
import { Model } from '../../src/training/model.ts'
import { predictGraph } from '../../src/training/predict_graph.ts'
import { preprocessReference } from '../reference/elementwise.ts'
import { expectClose } from '../support/close.ts'
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()

function network(mode: PreprocessMode, channels: number): Network {
  const input = layers.input({ shape: [5, 7, channels] })
  return new Network({ inputs: input, outputs: layers.preprocess({ mode, name: 'pixels' }).apply(input) })
}

test.each([...Object.keys(PREPROCESS_MODES).map((mode) => [mode, 3] as const), ['tf', 1], ['unit', 5], ['tf', 64]] as [
  PreprocessMode,
  number,
][])('%s, %d channels', async (mode, channels) => {
  const x = values([2, 5, 7, channels], 1, 0, 255)
  const { y0 } = await runGraph(device(), predictGraph(network(mode, channels), 2), { x0: x.data })
  expectClose(y0!, preprocessReference([x], { mode }))
})

test('refuses channels and modes', () => {
  expect(() => network('caffe', 1)).toThrow('[pixels] mode caffe takes 3 channels (RGB), got 1 in x [null,5,7,1]')
  expect(() => network('bgr' as never, 3)).toThrow('[pixels] mode must be one of caffe, tf, torch, unit, bvlc, got bgr')
})

const modes = Object.keys(PREPROCESS_MODES) as PreprocessMode[]

test.each(modes.flatMap((mode) => (['keras', 'h5'] as const).map((format) => [mode, format] as const)))(
  '%s in a %s file gives the same for pictures as bytes, as layers of Keras',
  async (mode, format) => {
    const input = layers.input({ shape: [5, 7, 3] })
    const x = layers.preprocess({ mode, name: 'pixels' }).apply(input)
    using model = new Model({ inputs: input, outputs: layers.globalMaxPooling2d({ name: 'max' }).apply(x) })
    const back = await loadModel(await model.save(format).blob())
    const bgr = PREPROCESS_MODES[mode].reverse ? ['pixels_bgr Flip'] : []
    for (const { layers: made } of [model, back])
      expect(made.slice(1).map((l) => `${l.name} ${l.className}`)).toEqual([...bgr, 'pixels Rescaling', 'max GlobalMaxPooling2D'])
    const pictures = { shape: [2, 5, 7, 3], data: Uint8Array.from(values([2, 5, 7, 3], 2, 0, 255).data) }
    await model.compile({ device: device() })
    const before = await model.predict(pictures)
    using loaded = back
    await loaded.compile({ device: device() })
    expect(await loaded.predict(pictures)).toEqual(before)
  },
)

test('one that is applied twice is the same layers twice', () => {
  const [a, b] = [layers.input({ shape: [5, 7, 3] }), layers.input({ shape: [5, 7, 3] })]
  const shared = layers.preprocess({ mode: 'bvlc', name: 'shared' })
  const net = new Network({ inputs: [a, b], outputs: layers.add().apply([shared.apply(a), shared.apply(b)]) })
  expect(net.layers.filter((l) => l.name.startsWith('shared')).map((l) => l.name)).toEqual(['shared_bgr', 'shared'])
})
