/** rescale: y = x * scale + offset, elementwise, the same for all channels or one for each; channels in reverse where asked, RGB to BGR. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { elementGroups, lastAxis } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { Shader } from './shader.ts'
import source from './rescale.wgsl'

export interface RescaleAttrs {
  /** One, or one for each of up to four channels of y. */
  readonly scale: number | readonly number[]
  readonly offset: number | readonly number[]
  /** Whether y's channels are x's from the last to the first; up to four. Default false. */
  readonly reverse?: boolean
}

const MAX_CHANNELS = 4

const shader = new Shader(source)

/** One number as a list. */
export const list = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value)

/** How many channels are told apart. */
function period({ scale, offset, reverse }: RescaleAttrs, channels: number): number {
  return reverse ? channels : Math.max(list(scale).length, list(offset).length)
}

function check(name: string, value: number | readonly number[], C: number, x: readonly number[]): void {
  const numbers = list(value)
  if (!numbers.every((n) => Number.isFinite(Math.fround(n)))) {
    throw new ArgumentError('rescale', `${name} must be finite, got ${numbers.join(', ')}`)
  }
  if (numbers.length === 1 || (numbers.length === C && C <= MAX_CHANNELS && x.at(-1) === C)) return
  const rule = `${name} must be one number or one for each of up to ${MAX_CHANNELS} channels`
  throw new ShapeError('rescale', `${rule}, got ${numbers.length} and x ${formatShape(x)}`)
}

/** x of any shape with channels last. */
export const rescale = defineOp<RescaleAttrs>({
  name: 'rescale',
  inputs: ['x'],
  output: 'y',
  shape([x], attrs) {
    const C = period(attrs, lastAxis(x!))
    check('scale', attrs.scale, C, x!)
    check('offset', attrs.offset, C, x!)
    if (attrs.reverse && C > MAX_CHANNELS) {
      throw new ShapeError('rescale', `channels to be reversed must be ${MAX_CHANNELS} at most, got x ${formatShape(x)}`)
    }
    return x!
  },
  cost: ({ output }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs }) => {
    const C = period(attrs, lastAxis(output))
    const channel = (value: number | readonly number[], c: number) => list(value)[list(value).length === 1 ? 0 : Math.min(c, C - 1)]!
    const numbers = [0, 1, 2, 3].map((c) => ({ [`scale${c}`]: channel(attrs.scale, c), [`offset${c}`]: channel(attrs.offset, c) }))
    return {
      wgsl: shader.text({ consts: { C, REVERSE: attrs.reverse ?? false } }),
      sizes: Object.assign({}, ...numbers) as Record<string, number>,
      groups: elementGroups(sizeOf(output)),
    }
  }),
})
