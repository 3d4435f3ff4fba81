/** What operations take besides tensors, and how constants come to a graph. */
import { described, isRecord } from '../../described.ts'
import { ArgumentError } from '../../errors.ts'
import type { Graph, Node } from '../../graph/graph.ts'
import { formatShape, sizeOf } from '../../shape.ts'
import type { Constants, Numbers } from '../constants.ts'

/** `start:stop:step` of Python; null where it is not said. */
export interface Slice {
  readonly start: number | null
  readonly stop: number | null
  readonly step: number | null
}

/** `...` in an index. */
export const ELLIPSIS = { ellipsis: true } as const

/** What is known before there is a graph. Arrays of numbers are lists in lists; null in an index is a new axis. */
export type Constant = number | boolean | string | null | Slice | typeof ELLIPSIS | readonly Constant[]

/** An argument of an operation. @typeParam T what stands for a tensor */
export type Argument<T = Node> = T | Constant | readonly Argument<T>[]

/** Arguments by the names of Keras 3. */
export type Arguments<T = Node> = Readonly<Record<string, Argument<T>>>

export const isNode = (value: unknown): value is Node => isRecord(value) && 'kind' in value

export const isSlice = (value: unknown): value is Slice => isRecord(value) && 'start' in value

/** Numbers in lists in lists, all of one length at each depth; true is 1. Undefined for anything else. */
export function numbersIn(value: unknown): Numbers | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return { shape: [], data: [Number(value)] }
  if (!Array.isArray(value) || !value.length) return undefined
  const parts = value.map(numbersIn)
  const first = parts[0]
  if (!first || parts.some((p) => !p || formatShape(p.shape) !== formatShape(first.shape))) return undefined
  return { shape: [value.length, ...first.shape], data: parts.flatMap((p) => p!.data) }
}

/** Where an operation is appended, and for which layer. */
export interface Emission {
  readonly graph: Graph
  /** The layer's name, for errors. */
  readonly name: string
  readonly constants: Constants
  /** A function of TensorFlow, or of a backend that is made of it: where that differs from the operation of Keras 3. Default false. */
  readonly tensorflow?: boolean
}

function plain(value: unknown): string {
  if (isNode(value)) return `a tensor ${formatShape(value.shape)}`
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? described(value))
}

/** The arguments of one operation, as it wants them. */
export class Given {
  readonly c: Emission
  readonly op: string
  readonly #values: Arguments

  constructor(c: Emission, op: string, values: Arguments) {
    this.c = c
    this.op = op
    this.#values = values
  }

  get graph(): Graph {
    return this.c.graph
  }

  refuse(rule: string, got: unknown): ArgumentError {
    return new ArgumentError(this.c.name, `${this.op}: ${rule}, got ${plain(got).slice(0, 200)}`)
  }

  /** Undefined where it is not given, or null. */
  value(name: string): Argument | undefined {
    return (Object.hasOwn(this.#values, name) ? this.#values[name] : undefined) ?? undefined
  }

  tensor(name: string): Node {
    const value = this.value(name)
    if (isNode(value)) return value
    throw this.refuse(`${name} must be a tensor`, value)
  }

  tensors(name: string): readonly Node[] {
    const value = this.value(name)
    if (Array.isArray(value) && value.length && value.every(isNode)) return value
    throw this.refuse(`${name} must be a list of tensors`, Array.isArray(value) ? value.map(plain) : value)
  }

  /** A tensor, or an array of numbers. */
  operand(name: string): Node | Numbers {
    const value = this.value(name)
    const operand = isNode(value) ? value : numbersIn(value)
    if (operand) return operand
    throw this.refuse(`${name} must be a tensor or numbers`, value)
  }

  number(name: string, fallback?: number): number {
    const value = this.value(name) ?? fallback
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw this.refuse(`${name} must be a finite number`, value)
  }

  /** A number, or an infinity where there is no limit. */
  limit(name: string): number {
    const value = this.value(name)
    return value === Infinity || value === -Infinity ? value : this.number(name)
  }

  /** A whole number. */
  integer(name: string, fallback?: number): number {
    const value = this.number(name, fallback)
    if (Number.isInteger(value)) return value
    throw this.refuse(`${name} must be a whole number`, value)
  }

  flag(name: string, fallback = false): boolean {
    const value = this.value(name) ?? fallback
    if (typeof value === 'boolean') return value
    throw this.refuse(`${name} must be true or false`, value)
  }

  /** A list of whole numbers; one number is a list of it. */
  integers(name: string): readonly number[] {
    const value = this.value(name)
    const list = typeof value === 'number' ? [value] : value
    if (Array.isArray(list) && list.every((n) => Number.isInteger(n))) return list as number[]
    throw this.refuse(`${name} must be whole numbers`, value)
  }

  /** @throws ArgumentError unless it is not given, null, or one of what the operation can do */
  only(name: string, ...known: readonly unknown[]): void {
    const value = this.value(name)
    if (value !== undefined && !known.includes(value)) throw this.refuse(`${name} must be ${known.map(plain).join(' or ')}`, value)
  }

  /** An axis of a tensor of some rank, counted from 0. The first, which is of the samples, is refused, since they are computed apart. */
  axisOf(axis: unknown, rank: number): number {
    const counted = typeof axis === 'number' && axis < 0 ? axis + rank : axis
    if (typeof counted !== 'number' || !Number.isInteger(counted) || counted < 0 || counted >= rank)
      throw this.refuse(`an axis must be one of a tensor of rank ${rank}`, axis)
    if (counted === 0) throw this.refuse('an axis must be one of a sample, not the first, along which the samples are', axis)
    return counted
  }

  /** As `axisOf`, by the argument's name. Null is not the same as none: Keras then takes all axes as one. */
  axis(name: string, rank: number, fallback?: number): number {
    if (this.isNull(name)) throw this.#ofAll(name)
    return this.axisOf(this.value(name) ?? fallback, rank)
  }

  isNull(name: string): boolean {
    return Object.hasOwn(this.#values, name) && this.#values[name] === null
  }

  #ofAll(name: string): ArgumentError {
    const hint = `put a layer in its place: replaceLayers: { ${JSON.stringify(this.c.name)}: layer }`
    return this.refuse(`${name} must be given, since without it the samples are not kept apart (${hint})`, null)
  }

  /** Some axes, ascending. Without any Keras takes all, the samples' too, which is refused. */
  axes(name: string, rank: number): readonly number[] {
    const value = this.value(name)
    if (value === undefined) throw this.#ofAll(name)
    const axes = (Array.isArray(value) ? value : [value]).map((a) => this.axisOf(a, rank))
    if (new Set(axes).size < axes.length) throw this.refuse(`${name} must differ`, value)
    return axes.sort((a, b) => a - b)
  }

  /** The node of a tensor, or of a constant. */
  node(operand: Node | Numbers): Node {
    return isNode(operand) ? operand : this.graph.parameter(this.c.constants.of(operand))
  }
}

/** A constant that is one number. */
export function scalarOf(operand: Node | Numbers): number | undefined {
  return !isNode(operand) && sizeOf(operand.shape) === 1 ? operand.data[0] : undefined
}
