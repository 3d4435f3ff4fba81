/** sortPlaces: the places of each row's values, in their order. */
import { ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf } from '../shape.ts'
import { MOST_PLACES } from './arg_max.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { Shader } from './shader.ts'
import source from './sort_places.wgsl'

export interface SortPlacesAttrs {
  /** How many are told. */
  readonly k: number
  /** The largest first. */
  readonly descending: boolean
}

const shader = new Shader(source)

/** x [N,C] -> [N,k]: the places of the first k of each row's values when these are in order; equal ones as they come, NaN as larger than any number. */
export const sortPlaces = defineOp<SortPlacesAttrs>({
  name: 'sortPlaces',
  inputs: ['x'],
  output: 'y',
  shape([x], { k }) {
    expectRank('sortPlaces', 'x', x!, 2)
    if (Number.isInteger(k) && k > 0 && k <= x![1]! && x![1]! <= MOST_PLACES) return [x![0]!, k]
    throw new ShapeError('sortPlaces', `k must be from 1 to the values of a row, ${MOST_PLACES} at most, got ${k} and x ${formatShape(x)}`)
  },
  cost: ({ inputs: [x], output }) => ({ flops: 4 * sizeOf(x!) * x![1]!, bytes: f32Bytes(2 * sizeOf(x!), sizeOf(output)) }),
  variants: everywhere(({ inputs: [x], output, attrs }) => ({
    wgsl: shader.text({ consts: { DESCENDING: attrs.descending } }),
    sizes: { count: sizeOf(x!), C: x![1]!, K: output[1]! },
    groups: threadGroups(sizeOf(x!)),
  })),
})
