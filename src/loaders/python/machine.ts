/**
 * Goes through a function's instructions with symbols in place of tensors: what it does with its arguments becomes operations, what it does
 * with numbers is computed here. Straight on, and forward over a condition that is known; whatever else there is, is refused. Nothing is executed:
 * every instruction that is known is a rule of this file or of rules.ts, and names of functions are looked up in a table.
 */
import { truth, Refusal, type Operator } from './arithmetic.ts'
import type { Instruction, Program } from './instructions.ts'
import { Complex, Dict, List, PySet, Singleton, Slice, Tuple, Code, type PyValue } from './values.ts'

/** A tensor; what it is made of is the business of the operations. */
export abstract class Tensor {
  /** Null for the batch, and sizes that are not known. */
  abstract readonly shape: readonly (number | null)[]
}

/** A module, or something in it, by its dotted name: `K.mean`. */
export class Name {
  readonly path: string
  constructor(path: string) {
    this.path = path
  }
}

/** Something of a value that may be called: `x.get_shape`. */
export class Method {
  readonly self: Value
  readonly name: string
  constructor(self: Value, name: string) {
    this.self = self
    this.name = name
  }
}

/** Where Python has nothing on its stack. */
const NULL = new Singleton('NULL')

/** What a variable may hold. */
export type Value = PyValue | Tensor | Name | Method

/** How many samples there are, which is not known here. */
export const BATCH = new Singleton('the batch')

/** A list of what Python's types do not name. */
export const list = (items: readonly Value[]): List => new List(items as List['items'])

/** Sizes as Python has them: None for the batch. */
export const shapeOf = (x: Tensor): Tuple => new Tuple(x.shape.map((d) => (d === null ? null : BigInt(d))))

/** What is done with tensors, and by functions that have names. Each throws Refusal for what it does not do. */
export interface Operations {
  /** a OPERATOR b, one of them at least a tensor. */
  binary(operator: Operator, a: Value, b: Value): Value
  unary(operator: '-' | '+' | '~', x: Tensor): Value
  item(x: Tensor, key: Value): Value
  /** An operation of Keras 3 by its class name; keywords by its names. */
  operation(op: string, args: readonly Value[], kwargs?: Readonly<Record<string, Value>>): Value
  attribute(of: Value, name: string): Value
  call(callee: Name | Method, args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value
}

export const isPython = (value: Value): value is PyValue =>
  value === null ||
  typeof value !== 'object' ||
  [Uint8Array, Tuple, List, Dict, PySet, Complex, Slice, Singleton, Code].some((type) => value instanceof type)

/** A list that holds a tensor somewhere has no type of Python here: it is a Tuple or List all the same. */
export const python = (value: Value): PyValue => {
  if (isPython(value)) return value
  throw new Refusal(`a number must be one, not ${shown(value)}`)
}

/** For messages. */
export function shown(value: Value): string {
  if (value instanceof Tensor) return `a tensor [${value.shape.map((d) => d ?? 'null').join(',')}]`
  if (value instanceof Name) return value.path
  return value instanceof Method ? `${shown(value.self)}.${value.name}` : 'a value'
}

/** Functions of Python's own that a function finds without a module, and what they stand for where they are no functions. */
const BUILTIN: ReadonlyMap<string, PyValue> = new Map<string, PyValue>([
  ['True', true],
  ['False', false],
  ['None', null],
])

/** A rule does one instruction, whose operands are on the stack; it may say where to go on. */
export type Rule = (m: Machine, i: Instruction) => number | undefined | void

export class Machine {
  readonly program: Program
  readonly operations: Operations
  /** Names of the keywords of the next call. */
  keywords: readonly string[] = []
  /** What has been returned. */
  result: Value | undefined
  /** Whether some whole numbers may be floats: JSON has but one type of them. */
  readonly unsure: boolean
  readonly #stack: Value[] = []
  readonly #locals: (Value | undefined)[]
  readonly #free: ReadonlyMap<string, Value>

  /**
   * @param locals of the arguments, in their order
   * @param free what the outer function's variables hold, by name
   * @param unsure whether some whole numbers among them may be floats
   */
  constructor(
    program: Program,
    operations: Operations,
    locals: readonly (Value | undefined)[],
    free: ReadonlyMap<string, Value>,
    unsure: boolean,
  ) {
    this.program = program
    this.unsure = unsure
    this.operations = operations
    this.#locals = [...locals]
    this.#free = free
  }

  push(...values: readonly Value[]): void {
    this.#stack.push(...values)
  }

  pop(): Value {
    const value = this.#stack.pop()
    if (value === undefined) throw new Refusal('there must be something on the stack')
    return value
  }

  /** The last of the stack, in the order that they came. */
  popMany(count: number): Value[] {
    if (count > this.#stack.length) throw new Refusal(`there must be ${count} values on the stack`)
    return count ? this.#stack.splice(-count) : []
  }

  /** @param depth 1 for the top */
  peek(depth: number): Value {
    const value = this.#stack.at(-depth)
    if (value === undefined || depth < 1) throw new Refusal('there must be something on the stack')
    return value
  }

  load(slot: number): Value {
    const value = this.#locals[slot]
    if (value !== undefined) return value
    throw new Refusal(`the variable ${this.program.code.locals[slot]} must have a value`)
  }

  store(slot: number, value: Value): void {
    this.#locals[slot] = value
  }

  /** A variable of the outer function. */
  loadFree(number: number): Value {
    const { layout, locals, cells, free } = this.program.code
    const name = layout === '3.11' ? locals[number] : [...cells, ...free][number]
    const value = this.#free.get(name!)
    if (value !== undefined) return value
    throw new Refusal(`the variable ${name} of the outer function must be known`)
  }

  /** What a name outside of the function stands for. */
  global(name: string): Value {
    return BUILTIN.has(name) ? BUILTIN.get(name)! : new Name(name)
  }

  name(number: number): string {
    return this.program.code.names[number]!
  }

  constant(number: number): PyValue {
    return this.program.code.consts[number]!
  }

  get version(): string {
    return this.program.python.version
  }

  /** Pushes a callable, and the nothing that Python has beside it where there is no object that it is a method of. */
  pushCallable(value: Value): void {
    this.push(...(this.version === '3.13' ? [value, NULL] : [NULL, value]))
  }

  pushNull(): void {
    this.push(NULL)
  }

  /** Pops the callable and its nothing. */
  popCallable(): Value {
    const [first, second] = this.popMany(2) as [Value, Value]
    const [nothing, callable] = this.version === '3.13' ? [second, first] : [first, second]
    if (nothing === NULL) return callable
    throw new Refusal('what is called must be a function')
  }

  /** @param names of the last of the arguments */
  call(callee: Value, values: readonly Value[], names: readonly string[]): void {
    if (!(callee instanceof Name || callee instanceof Method)) throw new Refusal('what is called must be a function that is known')
    const places = values.length - names.length
    if (places < 0 || values.includes(NULL)) throw new Refusal('a call must have its arguments')
    const kwargs = new Map(names.map((name, i) => [name, values[places + i]!]))
    this.push(this.operations.call(callee, values.slice(0, places), kwargs))
  }

  /** Whether a condition holds. @throws Refusal for one that depends on a tensor's values */
  truth(value: Value): boolean {
    if (value instanceof Tensor) throw new Refusal('a condition must be one of numbers that are known, not of a tensor')
    return truth(python(value))
  }

  /**
   * @returns what the function returns
   * @throws Refusal; `at` is told of each instruction before it is done
   */
  run(rules: ReadonlyMap<string, Rule>, at: (instruction: Instruction) => void): Value {
    const { instructions } = this.program
    const byOffset = new Map(instructions.map((i, n) => [i.offset, n]))
    for (let n = 0; n < instructions.length;) {
      const i = instructions[n]!
      at(i)
      const rule = rules.get(i.name)
      if (!rule) throw new Refusal(`${i.name} is not arithmetic`)
      const to = rule(this, i)
      if (this.result !== undefined) return this.result
      const next = typeof to === 'number' ? byOffset.get(to)! : n + 1
      if (next <= n) throw new Refusal('a loop is not followed')
      n = next
    }
    throw new Refusal('a function must return something')
  }
}
