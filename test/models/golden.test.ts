/** Networks without top, with recipe weights, against real Keras: the output as it is computed (folded, fused), and every layer. */
import { describe, test } from 'vitest'
import { useDevice } from '../support/device.ts'
import { expectEveryLayer, expectPrediction } from '../support/golden.ts'
import { trunks } from './networks.ts'

const device = useDevice()

describe.each(trunks)('$name', (network) => {
  test('gives the output of Keras', () => expectPrediction(device(), network))
  test('agrees with Keras in every layer', () => expectEveryLayer(device(), network))
})
