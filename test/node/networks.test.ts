/** Whole networks at their default sizes, with recipe weights, against real Keras: scores, five best classes, and every layer. */
import { describe, test } from 'vitest'
import { whole } from '../models/networks.ts'
import { useDevice } from '../support/device.ts'
import { expectEveryLayer, expectLogits } from '../support/golden.ts'

const device = useDevice()

describe.each(whole)('$name', (network) => {
  test('gives the scores and the five best classes of Keras', () => expectLogits(device(), network))
  test('agrees with Keras in every layer', () => expectEveryLayer(device(), network))
})
