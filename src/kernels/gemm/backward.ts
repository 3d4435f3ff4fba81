/** The lists of variants of the two products of a convolution's gradients. */
import { gradWKernel } from './grad_w.ts'
import { gradXKernel } from './grad_x.ts'
import { registerTime } from './register.ts'
import { once, tiled, type EpilogueOf, type GeometryOf, type SlicesOf } from './variants.ts'
import type { Variant } from '../kernel.ts'

/** dx = dy . w^T, x's sizes being those of the geometry */
export function gradXVariants<A>(of: GeometryOf<A>, epilogueOf?: EpilogueOf<A>): Variant<A>[] {
  const geometryOf = once(of)
  return [
    {
      name: 'register',
      time: (io, caps) => registerTime(geometryOf(io), caps),
      kernel: (io) => gradXKernel(geometryOf(io), epilogueOf?.(io)),
    },
    ...tiled('gradX', geometryOf, epilogueOf),
  ]
}

/** dw = x^T . dy. A sum in slices is for blocks: without barriers there are threads enough. */
export function gradWVariants<A>(of: GeometryOf<A>, slicesOf: SlicesOf<A> = () => 1): Variant<A>[] {
  const geometryOf = once(of)
  return [
    {
      name: 'register',
      time: (io, caps) => (slicesOf(io) > 1 ? Infinity : registerTime(geometryOf(io), caps)),
      kernel: (io) => gradWKernel(geometryOf(io)),
    },
    ...tiled('gradW', geometryOf, undefined, slicesOf),
  ]
}
