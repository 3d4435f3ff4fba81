/**
 * The lists of variants of ops that are a product of a convolution: one per block for GPUs, forward also one that compiles early; one without
 * barriers for software adapters. Backward: `backward.ts`, which who only predicts does not load.
 */
import type { Epilogue } from '../epilogue.ts'
import type { KernelIO, Variant } from '../kernel.ts'
import { directKernel, directTime } from './direct.ts'
import type { Geometry } from './geometry.ts'
import { chooseTile, registerKernel, registerTime } from './register.ts'
import { BLOCKS, EARLY_BLOCK, tiledKernel, tiledTime, type Mode } from './tiled.ts'

export type GeometryOf<A> = (io: KernelIO<A>) => Geometry
export type EpilogueOf<A> = (io: KernelIO<A>) => Epilogue

/** The geometry of the shapes that all variants are asked about one after the other, made once. */
export function once<A>(geometryOf: GeometryOf<A>): GeometryOf<A> {
  let last: KernelIO<A> | undefined
  let geometry: Geometry | undefined
  return (io) => {
    if (io !== last || !geometry) [last, geometry] = [io, geometryOf(io)]
    return geometry
  }
}

/** Into how many slices a sum is cut. */
export type SlicesOf<A> = (io: KernelIO<A>) => number

/** One per block. */
export function tiled<A>(
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
