/** rescale: y = x * scale + offset, elementwise, the same for all channels or one for each. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { elementGroups, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './rescale.wgsl'

export interface RescaleAttrs {
  /** One, or one for each of up to four channels. */
  readonly scale: number | readonly number[]
  readonly offset: number | readonly number[]
}

const MAX_CHANNELS = 4

const list = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value)

/** How many channels differ. */
const period = ({ scale, offset }: RescaleAttrs): number => Math.max(list(scale).length, list(offset).length)

/** x of any shape with channels last. */
export const rescale = defineOp<RescaleAttrs>({
  name: 'rescale',
  inputs: ['x'],
  output: 'y',
  shape([x], attrs) {
    const C = period(attrs)
    for (const [name, value] of Object.entries({ scale: attrs.scale, offset: attrs.offset })) {
      const numbers = list(value)
      if (!numbers.every(Number.isFinite)) throw new ArgumentError('rescale', `${name} must be finite, got ${numbers.join(', ')}`)
      if (numbers.length !== 1 && (numbers.length !== C || C > MAX_CHANNELS || x!.at(-1) !== C)) {
        const rule = `${name} must be one number or one for each of up to ${MAX_CHANNELS} channels`
        throw new ShapeError('rescale', `${rule}, got ${numbers.length} and x ${formatShape(x)}`)
      }
    }
    return x!
  },
  cost: ({ output }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ output, attrs }) => {
      const channel = (value: number | readonly number[], c: number) => list(value)[list(value).length === 1 ? 0 : c]!
      const numbers = Array.from({ length: period(attrs) }, (_, c) => ({
        [`SCALE${c}`]: channel(attrs.scale, c),
        [`OFFSET${c}`]: channel(attrs.offset, c),
      }))
      return Object.assign({ SIZE: sizeOf(output), C: numbers.length }, ...numbers) as Record<string, number>
    },
    workgroups: ({ output }) => elementGroups(sizeOf(output)),
  }),
})
