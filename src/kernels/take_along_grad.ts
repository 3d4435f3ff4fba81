/** The gradients of takeAlong and sortPlaces. */
import { ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf } from '../shape.ts'
import { expectSame, threadGroups } from './common.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from './kernel.ts'
import { sortPlaces } from './sort_places.ts'
import { takeAlong } from './take_along.ts'
import wgsl from './take_along_grad.wgsl'

/** index, dy [N,K] -> dx [N,columns]. */
export const takeAlongGrad = defineOp<{ readonly columns: number }>({
  name: 'takeAlongGrad',
  inputs: ['index', 'dy'],
  output: 'dx',
  shape([index, dy], { columns }) {
    expectRank('takeAlongGrad', 'index', index!, 2)
    const [N] = expectSame('takeAlongGrad', 'index', index!, 'dy', dy!)
    if (Number.isInteger(columns) && columns > 0) return [N!, columns]
    throw new ShapeError('takeAlongGrad', `columns must be a positive whole number, got ${columns} and dy ${formatShape(dy)}`)
  },
  cost: ({ inputs: [index], output }) => ({ flops: sizeOf(output) * index![1]!, bytes: f32Bytes(sizeOf(output), 2 * sizeOf(index!)) }),
  variants: everywhere(({ inputs: [index], output }) => ({
    wgsl,
    sizes: { C: output[1]!, K: index![1]! },
    groups: threadGroups(sizeOf(output)),
  })),
})

/** Places have none: where a value changes by a little, they do not. */
export const takeAlongGradient = defineGradient(takeAlong, ({ g, node, dy, needs }) => {
  const [x, index] = node.inputs
  return [needs[0] ? g.add(takeAlongGrad, [index, dy], { columns: x!.shape[1]! }) : undefined, undefined]
})

export const sortPlacesGradient = defineGradient(sortPlaces, () => [undefined])
