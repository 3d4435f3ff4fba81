/** transpose: permutes the axes of a tensor. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { elementGroups, fixedOnSoftware } from './common.ts'
import { defineOp, f32Bytes, type Sizes } from './kernel.ts'
import wgsl from './transpose.wgsl'

export interface TransposeAttrs {
  /** Which axis of x each axis of y is. */
  readonly axes: readonly number[]
}

/** Axes that the shader has. */
const RANK = 4

/** How far the index of y moves in 64 elements, by axis. */
function lanesOn(D1: number, D2: number, D3: number): Sizes {
  const [r2, r1] = [Math.floor(64 / D3), Math.floor(64 / D3 / D2)]
  return { S0: Math.floor(64 / D3 / D2 / D1), S1: r1 % D1, S2: r2 % D2, S3: 64 % D3 }
}

/** x: rank 4 at most. */
export const transpose = defineOp<TransposeAttrs>({
  name: 'transpose',
  inputs: ['x'],
  output: 'y',
  shape([x], { axes }) {
    if (x!.length > RANK || [...axes].sort().join() !== x!.map((_, i) => i).join()) {
      const rule = `axes must be a permutation of those of x, ${RANK} at most`
      throw new ShapeError('transpose', `${rule}, got axes ${formatShape(axes)} and x ${formatShape(x)}`)
    }
    return axes.map((a) => x![a]!)
  },
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  // Without constants [32,7,7,64] takes 1.25 times as long on lavapipe, 1.1 on SwiftShader.
  variants: fixedOnSoftware(({ inputs, output, attrs: { axes } }) => {
    const x = inputs[0] as Shape
    const missing = RANK - x.length
    const [, D1, D2, D3] = [...Array.from({ length: missing }, () => 1), ...output] as [number, number, number, number]
    const steps = axes.map((a) => sizeOf(x.slice(a + 1)))
    const [X0, X1, X2, X3] = [...Array.from({ length: missing }, () => 0), ...steps] as [number, number, number, number]
    return { wgsl, sizes: { D1, D2, D3, X0, X1, X2, X3, ...lanesOn(D1, D2, D3) }, groups: elementGroups(sizeOf(output)) }
  }),
})
