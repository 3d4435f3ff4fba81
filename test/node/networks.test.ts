/** Whole networks at their default sizes, with recipe weights, against real Keras: output, five best classes, and every layer. */
import { describe, test } from 'vitest'
import { whole } from '../models/networks.ts'
import { useDevice } from '../support/device.ts'
import { expectEveryLayer, expectPrediction } from '../support/golden.ts'

const device = useDevice()

describe.each(whole)('$name', (network) => {
  test('gives the output and the five best classes of Keras', () => expectPrediction(device(), network))
  test('agrees with Keras in every layer', () => expectEveryLayer(device(), network))
})
