/** combine: y = a + b, a - b, a * b, max(a, b) or min(a, b), elementwise, with numpy's broadcasting: axes of size 1 are repeated. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { formatShape, sameShape, sizeOf, type Shape } from '../shape.ts'
import { elementGroups, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './combine.wgsl'

export interface CombineAttrs {
  readonly kind: 'add' | 'subtract' | 'multiply' | 'maximum' | 'minimum'
}

const KINDS: readonly CombineAttrs['kind'][] = ['add', 'subtract', 'multiply', 'maximum', 'minimum']

/** Axes that the shader has. */
const RANK = 4

const filled = (shape: Shape): Shape => [...Array.from({ length: RANK - shape.length }, () => 1), ...shape]

/** The shape that two shapes have together, or undefined where an axis differs and neither is 1. */
export function broadcast<D extends number | null>(a: readonly D[], b: readonly D[]): (D | 1)[] | undefined {
  const rank = Math.max(a.length, b.length)
  const axis = (s: readonly D[], i: number) => (i < rank - s.length ? 1 : s[i - rank + s.length]!)
  const shape = Array.from({ length: rank }, (_, i) => {
    const [p, q] = [axis(a, i), axis(b, i)]
    return p === q || q === 1 ? p : p === 1 ? q : undefined
  })
  return shape.includes(undefined) ? undefined : (shape as (D | 1)[])
}

/** Distance in elements of neighbours along each axis; 0 along an axis that is repeated. */
function strides(shape: Shape): number[] {
  const steps: number[] = []
  let step = 1
  for (const d of [...filled(shape)].reverse()) {
    steps.unshift(d === 1 ? 0 : step)
    step *= d
  }
  return steps
}

/** a, b: rank 4 at most. */
export const combine = defineOp<CombineAttrs>({
  name: 'combine',
  inputs: ['a', 'b'],
  output: 'y',
  shape([a, b], { kind }) {
    if (!KINDS.includes(kind)) throw new ArgumentError('combine', `kind must be one of ${KINDS.join(', ')}, got ${String(kind)}`)
    const shape = broadcast(a!, b!)
    if (!shape || shape.length > RANK) {
      const rule = `a and b must have shapes of rank ${RANK} at most whose axes are equal or 1`
      throw new ShapeError('combine', `${rule}, got a ${formatShape(a)} and b ${formatShape(b)}`)
    }
    return shape
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(output), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(inputs[1]!), sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts({ inputs, output, attrs }) {
      const [a, b] = inputs as readonly [Shape, Shape]
      const [, D1, D2, D3] = filled(output) as [number, number, number, number]
      const [A0, A1, A2, A3] = strides(a) as [number, number, number, number]
      const [B0, B1, B2, B3] = strides(b) as [number, number, number, number]
      const PLAIN = sameShape(a, output) && sameShape(b, output)
      return { SIZE: sizeOf(output), KIND: KINDS.indexOf(attrs.kind), PLAIN, D1, D2, D3, A0, A1, A2, A3, B0, B1, B2, B3 }
    },
    workgroups: ({ output }) => elementGroups(sizeOf(output)),
  }),
})
