/** Preprocessing as a layer: the numbers of each mode, as the graph computes them. */
import { expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { PREPROCESS_MODES, type PreprocessMode } from '../../src/preprocess_modes.ts'
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
