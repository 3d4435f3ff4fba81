/**
 * The lists of variants of ops that are a product of a convolution: one per block for GPUs, forward also one that compiles early; one without
 * barriers for software adapters.
 */
import type { Epilogue } from '../epilogue.ts'
import type { KernelIO, Variant } from '../kernel.ts'
import { directKernel, directTime } from './direct.ts'
import type { Geometry } from './geometry.ts'
import { gradWKernel } from './grad_w.ts'
import { gradXKernel } from './grad_x.ts'
import { chooseTile, registerKernel, registerTime } from './register.ts'
import { BLOCKS, EARLY_BLOCK, tiledKernel, tiledTime, type Mode } from './tiled.ts'

type GeometryOf<A> = (io: KernelIO<A>) => Geometry
type EpilogueOf<A> = (io: KernelIO<A>) => Epilogue

/** The geometry of the shapes that all variants are asked about one after the other, made once. */
function once<A>(geometryOf: GeometryOf<A>): GeometryOf<A> {
  let last: KernelIO<A> | undefined
  let geometry: Geometry | undefined
  return (io) => {
    if (io !== last || !geometry) [last, geometry] = [io, geometryOf(io)]
    return geometry
  }
}

/** Into how many slices a sum is cut. */
type SlicesOf<A> = (io: KernelIO<A>) => number

function tiled<A>(
  mode: Mode,
  geometryOf: GeometryOf<A>,
  epilogueOf: EpilogueOf<A> | undefined,
  slicesOf: SlicesOf<A> = () => 1,
): Variant<A>[] {
  return BLOCKS.map((block) => ({
    name: block.name,
    ...(block.name === EARLY_BLOCK && { early: BLOCKS.map((b) => b.name) }),
    time: (io, caps) => tiledTime(geometryOf(io), mode, block, caps, slicesOf(io)),
    kernel: (io) => tiledKernel(geometryOf(io), mode, block, epilogueOf?.(io), slicesOf(io)),
  }))
}

/** y = x . w */
export function forwardVariants<A>(of: GeometryOf<A>, epilogueOf: EpilogueOf<A>): Variant<A>[] {
  const geometryOf = once(of)
  return [
    {
      name: 'register',
      time: (io, caps) => registerTime(geometryOf(io), caps),
      kernel: (io) => registerKernel(geometryOf(io), chooseTile(geometryOf(io)), epilogueOf(io)),
    },
    {
      name: 'direct',
      early: BLOCKS.map((block) => block.name),
      time: (io, caps) => directTime(geometryOf(io), caps),
      kernel: (io) => directKernel(geometryOf(io), epilogueOf(io)),
    },
    ...tiled('forward', geometryOf, epilogueOf),
  ]
}

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
