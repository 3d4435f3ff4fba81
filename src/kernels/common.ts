/** What several light kernels share: shape checks, workgroup counts, pool geometry. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sameShape, sizeOf, window2d, type Padding, type Shape, type Window2d } from '../shape.ts'
import { sliceOf, type Kernel, type KernelIO, type Sizes, type Variant } from './kernel.ts'
import { fixSizes } from './sizes.ts'

/**
 * Variants of a kernel that does little but divide by its sizes: on software adapters, which divide lane by lane, they are constants. One such
 * op has a shape or two in a network, so that this costs few pipelines.
 */
export function fixedOnSoftware<A>(kernel: (io: KernelIO<A>) => Kernel): readonly Variant<A>[] {
  return [
    { name: 'shared', time: (_, caps) => (caps.software ? 1 : 0), kernel },
    { name: 'fixed', time: (_, caps) => (caps.software ? 0 : Infinity), kernel: (io) => fixSizes(kernel(io)) },
  ]
}

/** Lanes of a workgroup in all light kernels but the row-wise ones. */
const LANES = 64

/** Rows that one thread of a channel-wise shader goes through: so many that its one division by the channels counts little. */
const ROWS_PER_THREAD = 16

/** Workgroups of an element-wise shader: 64 lanes, four elements each. */
export function elementGroups(size: number): number {
  return ceilDiv(size, 4 * LANES)
}

/** Workgroups of a shader that counts single threads. */
export function threadGroups(threads: number): number {
  return ceilDiv(threads, LANES)
}

/** Last axis of a shape; 1 for a scalar. */
export function lastAxis(shape: Shape): number {
  return shape.at(-1) ?? 1
}

/** Threads of a channel-wise shader: one channel and sixteen rows each, where a row is all that shares its leading indices. */
export function channelThreads(shape: Shape): number {
  const C = lastAxis(shape)
  return C * ceilDiv(sizeOf(shape) / C, ROWS_PER_THREAD)
}

/** Threads of a pixel-wise shader: one pixel and up to four channels each. */
export function pixelThreads([N, P, Q, C]: Shape): number {
  return N! * P! * Q! * ceilDiv(C!, 4)
}

/** Returns the first shape. @throws ShapeError unless both are equal. */
export function expectSame(op: string, nameA: string, a: Shape, nameB: string, b: Shape): Shape {
  if (!sameShape(a, b)) {
    throw new ShapeError(op, `${nameA} and ${nameB} must have one shape, got ${nameA} ${formatShape(a)} and ${nameB} ${formatShape(b)}`)
  }
  return a
}

/** @throws ShapeError unless an optional per-channel vector fits the last axis of `x`. */
export function expectChannels(op: string, name: string, vector: Shape | undefined, nameX: string, x: Shape): void {
  if (!x.length) throw new ShapeError(op, `${nameX} must have a channel axis, got ${nameX} ${formatShape(x)}`)
  if (vector && !sameShape(vector, [x.at(-1)!])) {
    const got = `${name} ${formatShape(vector)} and ${nameX} ${formatShape(x)}`
    throw new ShapeError(op, `${name} must match the last axis of ${nameX}, got ${got}`)
  }
}

/** @throws ShapeError unless there is one value per row of `x`. */
export function expectRows(op: string, name: string, vector: Shape, x: Shape): void {
  if (!sameShape(vector, [x[0]!])) {
    throw new ShapeError(op, `${name} must have one value per row of x, got ${name} ${formatShape(vector)} and x ${formatShape(x)}`)
  }
}

/** @throws ShapeError unless the tensor of per-step values has exactly one. */
export function expectOne(op: string, name: string, shape: Shape): void {
  if (sizeOf(shape) !== 1) throw new ShapeError(op, `${name} must have 1 value, got ${name} ${formatShape(shape)}`)
}

/** @throws ShapeError unless it is what ops draw by: a seed, and the number of rows that there are before the first. */
export function expectSeed(op: string, seed: Shape): void {
  if (!sameShape(seed, [2])) throw new ShapeError(op, `seed must be a seed and a number of rows, [2], got ${formatShape(seed)}`)
}

/** @throws ArgumentError unless `low <= value < high`. */
export function expectRange(op: string, name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value < high)) throw new ArgumentError(op, `${name} must be in [${low}, ${high}), got ${value}`)
}

export interface PoolAttrs {
  readonly poolSize: readonly [R: number, S: number]
  readonly strides: readonly [height: number, width: number]
  readonly padding: Padding
}

/**
 * Geometry of a pool over `x` [N,H,W,C]. Padding must be smaller than the pool, so that every window holds a pixel.
 * @throws ShapeError
 */
export function poolWindow(op: string, x: Shape, { poolSize, strides, padding }: PoolAttrs): Window2d {
  expectRank(op, 'x', x, 4)
  if (![...poolSize, ...strides].every((n) => Number.isInteger(n) && n > 0)) {
    const got = `${formatShape(poolSize)} and ${formatShape(strides)}`
    throw new ShapeError(op, `pool size and strides must be positive whole numbers, got ${got}`)
  }
  if (typeof padding !== 'string' && padding.some((n, i) => !Number.isInteger(n) || n < 0 || n >= poolSize[i % 2]!)) {
    const got = `padding ${formatShape(padding)} and pool size ${formatShape(poolSize)}`
    throw new ShapeError(op, `padding must be whole numbers from 0 and smaller than the pool, got ${got}`)
  }
  return window2d(op, [x[1]!, x[2]!], poolSize, strides, padding)
}

/** Output shape of a pool. @throws ShapeError */
export function poolShape(op: string, x: Shape, attrs: PoolAttrs): Shape {
  const { P, Q } = poolWindow(op, x, attrs)
  return [x[0]!, P, Q, x[3]!]
}

/** Members that the shaders of pools and of their gradients have in common. */
function windowSizes(op: string, x: Shape, attrs: PoolAttrs): Sizes {
  const { P, Q, pads } = poolWindow(op, x, attrs)
  return {
    ...{ H: x[1]!, W: x[2]!, C: x[3]!, P, Q, R: attrs.poolSize[0], S: attrs.poolSize[1] },
    ...{ strideH: attrs.strides[0], strideW: attrs.strides[1], padTop: pads[0], padLeft: pads[1] },
    CG: ceilDiv(x[3]!, 4),
  }
}

/** Sizes of the pool shaders. */
export function poolSizes(op: string, io: KernelIO<PoolAttrs>): Sizes {
  const { width: yRow, begin: yBegin } = sliceOf(io)
  return { ...windowSizes(op, io.inputs[0]!, io.attrs), yRow, yBegin, threads: pixelThreads(io.output) }
}

export interface PoolGradAttrs extends PoolAttrs {
  /** Of the image that was pooled. */
  readonly height: number
  readonly width: number
}

/** Shape of the image that was pooled to what `dy` is the gradient by. @throws ShapeError */
export function poolGradShape(op: string, dy: Shape, attrs: PoolGradAttrs): Shape {
  expectRank(op, 'dy', dy, 4)
  const x = [dy[0]!, attrs.height, attrs.width, dy[3]!]
  expectSame(op, 'dy', dy, "the pool's output", poolShape(op, x, attrs))
  return x
}

/** Sizes of the shaders of pools' gradients: a thread for each pixel of dx and up to four channels. */
export function poolGradSizes(op: string, { output, attrs }: KernelIO<PoolGradAttrs>): Sizes {
  return { ...windowSizes(op, output, attrs), threads: pixelThreads(output) }
}
