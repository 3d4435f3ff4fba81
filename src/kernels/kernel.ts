/**
 * The kernel contract. One op = one stem, or one folder where it is heavy: its shape rule, variants and cost, beside its shaders, and its gradient
 * in a file of its own.
 * Everything here is a pure function of shapes, attributes and the adapter's facts; nothing needs a GPU.
 *
 * Bindings of every shader, group 0, in this order: inputs (`read`), updates (`read_write`), output (`read_write`), and the uniform block
 * `sizes`, a struct of u32, i32 and f32 whose first member `base` is the first workgroup of this dispatch. Storage bindings have the
 * tensor's true size, so that `arrayLength` counts its elements; an output that is a slice has that of the wider tensor. An optional input that is absent is bound to a small dummy buffer; a size
 * or a constant says not to read it.
 *
 * Workgroups are counted in one dimension and folded below the 65,535 limit: a shader recovers its number as
 * `wid.y * 65535u + wid.x + sizes.base` and returns when it is past the end. So any op can be cut into several dispatches.
 */
import type { Caps } from '../caps.ts'
import type { DType } from '../dtype.ts'
import { ThawError } from '../errors.ts'
import type { Shape } from '../shape.ts'

/** Where an output lies that is part of a wider tensor: its elements from `begin` on of each row of `width`, along the last axis. */
export interface Slice {
  readonly width: number
  readonly begin: number
}

/** What a kernel is made for. Absent optional inputs are undefined. */
export interface KernelIO<A> {
  readonly inputs: readonly (Shape | undefined)[]
  readonly output: Shape
  readonly attrs: A
  /** Absent: the output is a tensor of its own. Only ops that are `sliceable` are asked for a slice, and both its numbers are whole vectors. */
  readonly slice?: Slice | undefined
}

/** Where the output lies, as it is or as a slice. */
export function sliceOf({ output, slice }: Pick<KernelIO<unknown>, 'output' | 'slice'>): Slice {
  return slice ?? { width: output.at(-1)!, begin: 0 }
}

/** Values of the uniform block by the names of its members; `base` is the plan's. */
export type Sizes = Readonly<Record<string, number>>

/** A shader, what it is told, and how often it runs. */
export interface Kernel {
  /** Kernels with the same text share a pipeline: what need not change the code goes into `sizes`. */
  readonly wgsl: string
  readonly sizes: Sizes
  /** Number of workgroups, one dimension, before folding. */
  readonly groups: number
}

/** One way to compute an op. */
export interface Variant<A> {
  /** Unique within the op: `register`, `64x64`. */
  readonly name: string
  /** Compiles faster than these variants, and gives their bits: a plan runs on it until the pipeline of the cheapest of them is there. */
  readonly early?: readonly string[]
  /** Estimated time, in units that the op's variants share; Infinity where this one cannot run. */
  time(io: KernelIO<A>, caps: Caps): number
  kernel(io: KernelIO<A>, caps: Caps): Kernel
}

export interface Cost {
  /** Floating-point operations; a fused multiply-add counts 2. */
  readonly flops: number
  /** Bytes read and written at least once. */
  readonly bytes: number
}

/** What a gradient rule sees of a graph node. */
export interface Ref {
  readonly shape: Shape
  readonly inputs: readonly (Ref | undefined)[]
}

/** What a gradient rule may do: append nodes. The graph implements it. */
export interface Builder {
  add<A extends object>(op: Op<A>, inputs: readonly (Ref | undefined)[], attrs: A): Ref
  /** The same elements under another shape. */
  view(x: Ref, shape: Shape): Ref
}

export interface GradContext<A> {
  readonly g: Builder
  readonly node: Ref
  readonly attrs: A
  /** Gradient of the loss by the node's output, same shape as the output. */
  readonly dy: Ref
  /** Which inputs need a gradient. Rules must not build nodes for the others. */
  readonly needs: readonly boolean[]
}

/** As a method, so that an op is one of whatever attributes. */
type Names<A> = { by(attrs: A): readonly string[] }['by']

export interface Op<A extends object = object> {
  readonly name: string
  /** Names of the read-only bindings, in order. A trailing `?` marks one that may be absent. */
  readonly inputs: readonly string[]
  /** Names of state tensors read and written in place (optimizer moments, metric sums), or which these are by the attributes. */
  readonly updates?: readonly string[] | Names<A>
  /** Name of the output binding; null where the op only updates state. */
  readonly output: string | null
  /** Checks the inputs and returns the output's shape. @throws ShapeError */
  shape(inputs: readonly (Shape | undefined)[], attrs: A): Shape
  /** Element types of the bindings that are not f32, by name. Absent: all are f32. */
  dtypes?(attrs: A): Readonly<Record<string, DType>>
  cost(io: KernelIO<A>): Cost
  /**
   * Every element of the output, and of what is updated, depends on the same element of the inputs of that shape, and on the others as a
   * whole: so the op may run on some rows at a time.
   */
  readonly elementwise?: true
  /** Of an elementwise op without output: the first input and what is updated go by element, other inputs are for all. So it may run on tensors behind each other. */
  readonly packs?: true
  /** All variants can write a slice of a wider tensor, where there is no residual input. */
  readonly sliceable?: true
  /** The cheapest that can run is taken. */
  readonly variants: readonly Variant<A>[]
  /** Index of the inputs that a following scale, bias or residual add may be fused into; the op's attrs then have `activation`. */
  readonly epilogue?: { readonly bias: number; readonly residual: number; readonly scale: number }
}

/** Declares an op; only fixes its type. */
export function defineOp<A extends object>(op: Op<A>): Op<A> {
  return op
}

/** How an op is differentiated. In a file of its own, so that who only predicts loads none of it; the registry is `gradients.ts`. */
export interface Gradient<A extends object = object> {
  readonly op: Op<A>
  /** Gradient per input, undefined where not needed, and where there is none: what jumps has no slope. */
  by(c: GradContext<A>): (Ref | undefined)[]
}

/** Declares the gradient of an op; the op fixes its type. */
export function defineGradient<A extends object>(op: Op<A>, by: (c: GradContext<A>) => (Ref | undefined)[]): Gradient<A> {
  return { op, by }
}

/** Names of the state that an op of these attributes updates. */
export function updatesOf<A extends object>({ updates = [] }: Op<A>, attrs: A): readonly string[] {
  return typeof updates === 'function' ? updates(attrs) : updates
}

/** The list of one variant, for ops that every adapter computes in the same way. */
export function everywhere<A>(kernel: (io: KernelIO<A>) => Kernel): readonly Variant<A>[] {
  return [{ name: 'any', time: () => 0, kernel }]
}

/** Attributes as text; equal texts are of equal attributes, Infinity and NaN (which JSON lacks) included. */
export function attrsText(attrs: object): string {
  return JSON.stringify(attrs, (_, value: unknown) => (typeof value === 'number' ? String(value) : value))
}

/** The cheapest variant of an op for these shapes on this adapter. @throws ThawError code `shader` where none can run */
export function variantOf<A extends object>(op: Op<A>, io: KernelIO<A>, caps: Caps): Variant<A> {
  let best: Variant<A> | undefined
  let least = Infinity
  for (const variant of op.variants) {
    const time = variant.time(io, caps)
    if (time < least) [best, least] = [variant, time]
  }
  if (best) return best
  const names = op.variants.map((v) => v.name).join(', ')
  throw new ThawError('shader', `[${op.name}] one of its variants must run on the adapter, got none of ${names}`)
}

/** How much longer than the cheapest a variant may take that is there earlier. */
const EARLY_FACTOR = 2

/**
 * And how long any may take, in the units of products: multiply-adds of each of a GPU's 128 workgroups, 5 ms at 2e11 of them a second. A driver
 * takes 60 to 85 ms to compile a block for the first layer of a network, and 10 to 13 for what runs early (RADV, 2 cores).
 */
const EARLY_TIME = 8e6

/** What a plan begins with: the first of the variants that compile fast, unless it runs far slower. @throws as `variantOf` */
export function earlyVariantOf<A extends object>(op: Op<A>, io: KernelIO<A>, caps: Caps): Variant<A> {
  const cheapest = variantOf(op, io, caps)
  const most = Math.max(EARLY_TIME, EARLY_FACTOR * cheapest.time(io, caps))
  return op.variants.find((v) => v.early?.includes(cheapest.name) && v.time(io, caps) < most) ?? cheapest
}

/** Workgroups of one dimension of a dispatch, by WebGPU's default limit. */
export const MAX_GROUPS = 65535

/** Folds a one-dimensional workgroup count into x and y. */
export function foldGroups(count: number): [x: number, y: number, z: number] {
  return count <= MAX_GROUPS ? [count, 1, 1] : [MAX_GROUPS, Math.ceil(count / MAX_GROUPS), 1]
}

/** Bytes of f32 tensors, for costs. */
export function f32Bytes(...sizes: number[]): number {
  return 4 * sizes.reduce((a, b) => a + b, 0)
}
