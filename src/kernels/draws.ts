/** draws: random numbers for every sample of a batch, uniform in a range for each column. A hash of seed, salt and index, as in dropout. */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { expectRange, expectSeed, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './draws.wgsl'

export interface DrawsAttrs {
  /** Rows, one for each sample. */
  readonly rows: number
  /** Tells draws with one seed apart; a whole number from 0 below 2^32. */
  readonly salt: number
  /** From where to where, for each of one to six columns. The end is not drawn, but for rounding. */
  readonly ranges: readonly (readonly [low: number, high: number])[]
}

const COLUMNS = 6

/** seed u32 [2] (a seed, and rows of the batch before these) -> [rows,ranges]. */
export const draws = defineOp<DrawsAttrs>({
  name: 'draws',
  inputs: ['seed'],
  output: 'y',
  shape([seed], { rows, salt, ranges }) {
    expectSeed('draws', seed!)
    expectRange('draws', 'salt', salt, 0, 2 ** 32)
    if (!Number.isInteger(salt)) throw new ArgumentError('draws', `salt must be a whole number, got ${salt}`)
    if (!ranges.length || ranges.length > COLUMNS || !ranges.flat().every(Number.isFinite))
      throw new ArgumentError('draws', `ranges must be 1 to ${COLUMNS} pairs of finite numbers, got ${JSON.stringify(ranges)}`)
    return [rows, ranges.length]
  },
  dtypes: () => ({ seed: 'u32' }),
  cost: ({ output }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { salt, ranges } }) => {
    const columns = Array.from({ length: COLUMNS }, (_, d) => {
      const [low, high] = ranges[d] ?? [0, 0]
      return { [`low${d}`]: low, [`span${d}`]: high - low }
    })
    return {
      wgsl,
      sizes: Object.assign({ salt, D: ranges.length }, ...columns) as Record<string, number>,
      groups: threadGroups(sizeOf(output)),
    }
  }),
})
