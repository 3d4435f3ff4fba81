import { expect, test } from 'vitest'
import { constrain, type Bounds } from '../../src/kernels/constrain.ts'
import { build, EPS, FTZ, type Reference } from '../reference/reference.ts'
import { DIVISION, SQRT } from '../reference/values.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { spiked, values } from '../support/values.ts'

const gpu = useGpu()

type Axes = readonly [A: number, R: number, B: number]

function constrainReference(w: Float32Array, squares: Float32Array | undefined, [A, R, B]: Axes, bounds: Bounds): Reference {
  return build([A, R, B], (i) => {
    if (bounds === 'positive') return [Math.max(w[i]!, 0), 0]
    const length = Math.sqrt(squares![Math.floor(i / (R * B)) * B + (i % B)]!)
    const wanted = bounds.rate * Math.min(Math.max(length, bounds.low), bounds.high) + (1 - bounds.rate) * length
    const y = (w[i]! * wanted) / (1e-7 + length)
    return [y, (2 * SQRT + 2 * DIVISION + 12) * EPS * Math.abs(y) + FTZ]
  })
}

const cases: [string, Axes, Bounds][] = [
  ['a largest length, along the first axis', [1, 9, 70], { low: 0, high: 2, rate: 1 }],
  ['a length of 1, along the last axis', [67, 5, 1], { low: 1, high: 1, rate: 1 }],
  ['bounds on both sides, half way, along an axis within', [3, 4, 5], { low: 0.5, high: 1, rate: 0.5 }],
  ['values from 0', [1, 1, 130], 'positive'],
]
test.each(cases)('%s', async (_, axes, bounds) => {
  const w = spiked(axes, 1)
  const squares = bounds === 'positive' ? undefined : values([axes[0] * axes[2]], 2, 0, 9)
  const { updates } = await runOp(gpu(), constrain, onlyChoice(constrain), [squares], { axes, bounds }, [w])
  expectClose(updates[0]!, constrainReference(w.data, squares?.data, axes, bounds))
})

test('refuses what are no axes, and squares of other vectors', () => {
  const unit = { low: 1, high: 1, rate: 1 }
  expect(() => constrain.shape([undefined], { axes: [3, 4], bounds: 'positive' })).toThrow(
    '[constrain] axes must be three positive whole numbers, got [3,4]',
  )
  expect(() => constrain.shape([[4]], { axes: [1, 4, 5], bounds: unit })).toThrow('[constrain] squares must be 5, got 4')
  expect(() => constrain.shape([undefined], { axes: [1, 4, 5], bounds: unit })).toThrow('[constrain] squares must be 5, got none')
})
