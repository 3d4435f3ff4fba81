/** Which batch normalisations are folded, and that the result is the same. */
import { expect, test } from 'vitest'
import { foldBatchNorm } from '../../src/graph/fold.ts'
import { fuseEpilogues } from '../../src/graph/fuse.ts'
import { useDevice } from '../support/device.ts'
import { opNames, residualBlock, runGraph } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()

test('a residual block becomes one convolution, and weights alone make its scaled kernel', () => {
  const g = fuseEpilogues(foldBatchNorm(residualBlock()))
  expect(opNames(g)).toEqual(['foldBatchNormScale', 'foldBatchNormShift', 'conv2d'])
})

test('the folded and fused block computes the same', async () => {
  const g = residualBlock()
  const x = values([2, 5, 7, 8], 77).data
  const [plain, fused] = [await runGraph(device(), g, { x }), await runGraph(device(), fuseEpilogues(foldBatchNorm(g)), { x })]
  // Two roundings of sums of 73 products of values below 1, scaled by at most 1 / sqrt(0.5).
  const bound = 2 * 80 * 2 ** -23 * 80
  plain['y']!.forEach((v, i) => expect(Math.abs(v - fused['y']![i]!)).toBeLessThan(bound))
})

test.each([{ trainableConv: true }, { trainableBias: true }])('what is trained is not folded: %o', (options) => {
  const g = residualBlock(options)
  expect(opNames(foldBatchNorm(g, (p) => !p.trainable))).toEqual(['conv2d', 'batchNorm', 'combine', 'activation'])
  expect(opNames(foldBatchNorm(g)), 'for a prediction it is').not.toContain('batchNorm')
})

test('a frozen block is folded although weights before it are trained', () => {
  const g = residualBlock({ trainableBefore: true })
  expect(opNames(foldBatchNorm(g, (p) => !p.trainable))).not.toContain('batchNorm')
})
