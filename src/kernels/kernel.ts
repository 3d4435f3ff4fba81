/**
 * The kernel contract. One op = one stem: `conv2d.ts` holds shapes, constants, dispatch, gradient and cost; the shaders of its
 * classes lie beside it (`conv2d.register.wgsl`, `conv2d.tiled.wgsl`, or `relu.wgsl` when one serves all adapters).
 * Everything here is a pure function of shapes and attributes; nothing needs a GPU.
 *
 * Bindings of every shader, group 0, in this order: inputs (`read`), updates (`read_write`), output (`read_write`),
 * and for ops with `parts`, a uniform `part: vec4u` whose x is the first workgroup of this dispatch.
 * An optional input that is absent is bound to a small dummy buffer; a constant such as `HAS_BIAS` says not to read it.
 *
 * Workgroups are counted in one dimension and folded below the 65,535 limit: a shader recovers its number as
 * `wid.y * 65535u + wid.x` (plus `part.x` where there are parts) and returns when it is past the end.
 */
import type { Shape } from '../shape.ts'
import { ThawError } from '../errors.ts'

/** `register`: no barriers, wide register tile (software adapters). `tiled`: workgroup memory (GPUs). `any`: one shader for both. */
export type KernelClass = 'register' | 'tiled'

export type Consts = Readonly<Record<string, number | boolean>>

/** What a kernel is specialised for. Absent optional inputs are undefined. */
export interface KernelIO<A> {
  readonly inputs: readonly (Shape | undefined)[]
  readonly output: Shape
  readonly attrs: A
}

export interface Variant<A> {
  /** The shader, or a choice of several by shape (a 1x1 convolution needs no filter loop). */
  readonly wgsl: string | ((io: KernelIO<A>) => string)
  /** Values for named `const`s of the shader. A name that the shader lacks is an error. */
  consts(io: KernelIO<A>): Consts
  /** Number of workgroups, one dimension, before folding. */
  workgroups(io: KernelIO<A>): number
  /** False where this class cannot run these shapes; the other class then serves. Default: always can. */
  supports?(io: KernelIO<A>): boolean
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

export interface Op<A extends object = object> {
  readonly name: string
  /** Names of the read-only bindings, in order. A trailing `?` marks one that may be absent. */
  readonly inputs: readonly string[]
  /** Names of state tensors read and written in place (optimizer moments, metric sums). */
  readonly updates?: readonly string[]
  /** Name of the output binding; null where the op only updates state. */
  readonly output: string | null
  /** Checks the inputs and returns the output's shape. @throws ShapeError */
  shape(inputs: readonly (Shape | undefined)[], attrs: A): Shape
  cost(io: KernelIO<A>): Cost
  readonly variants: { readonly any: Variant<A> } | { readonly register: Variant<A>; readonly tiled: Variant<A> }
  /** Takes a slice of workgroups per dispatch, so that long work can be cut into short dispatches. */
  readonly parts?: boolean
  /** Index of the inputs that a following bias, residual add or activation may be fused into; the op's attrs then have `activation`. */
  readonly epilogue?: { readonly bias: number; readonly residual: number }
  /** Gradient per input, undefined where not needed. Absent: not differentiable, and says so by name when asked. */
  grad?(c: GradContext<A>): (Ref | undefined)[]
}

/** Declares an op; only fixes its type. */
export function defineOp<A extends object>(op: Op<A>): Op<A> {
  return op
}

/** The variant of an op for an adapter class and these shapes. */
export function variantOf<A extends object>(op: Op<A>, cls: KernelClass, io: KernelIO<A>): Variant<A> {
  const v = op.variants
  if ('any' in v) return v.any
  const chosen = v[cls]
  if (chosen.supports?.(io) ?? true) return chosen
  return v[cls === 'tiled' ? 'register' : 'tiled']
}

/** The final source of a variant: its shader with the constants of these shapes. @throws ThawError code `shader` */
export function sourceOf<A extends object>(variant: Variant<A>, io: KernelIO<A>): string {
  const wgsl = typeof variant.wgsl === 'string' ? variant.wgsl : variant.wgsl(io)
  return specialize(wgsl, variant.consts(io))
}

/**
 * Replaces the initialisers of named `const`s: `const TM: u32 = 4u;` with `{TM: 8}` becomes `const TM: u32 = 8u;`.
 * The declared type decides the literal: u32, i32, f32 or bool.
 * @throws ThawError code `shader` for an unknown name or a value that the type cannot hold.
 */
export function specialize(wgsl: string, consts: Consts): string {
  let text = wgsl
  for (const [name, value] of Object.entries(consts)) {
    const pattern = new RegExp(`^(\\s*const ${name}\\s*:\\s*(u32|i32|f32|bool)\\s*=\\s*)[^;]+;`, 'm')
    const found = pattern.exec(text)
    if (!found) throw new ThawError('shader', `[specialize] the shader must declare const ${name}, got ${name}=${value} and no such const`)
    text = text.replace(pattern, `${found[1]}${literal(name, found[2]!, value)};`)
  }
  return text
}

function literal(name: string, type: string, value: number | boolean): string {
  const whole = typeof value === 'number' && Number.isInteger(value)
  if (type === 'bool' && typeof value === 'boolean') return String(value)
  if (type === 'u32' && whole && value >= 0) return `${value}u`
  if (type === 'i32' && whole) return `${value}i`
  if (type === 'f32' && typeof value === 'number' && Number.isFinite(value)) {
    const text = String(value)
    return /[.e]/.test(text) ? `${text}f` : `${text}.0f`
  }
  throw new ThawError('shader', `[specialize] const ${name} has type ${type}, got ${value}`)
}

export const MAX_GROUPS = 65535

/** Folds a one-dimensional workgroup count into x and y. */
export function foldGroups(count: number): [x: number, y: number, z: number] {
  return count <= MAX_GROUPS ? [count, 1, 1] : [MAX_GROUPS, Math.ceil(count / MAX_GROUPS), 1]
}

/** Bytes of f32 tensors, for costs. */
export function f32Bytes(...sizes: number[]): number {
  return 4 * sizes.reduce((a, b) => a + b, 0)
}
