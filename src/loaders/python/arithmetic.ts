/** What Python computes of numbers, texts and lists: whole numbers exactly, floats in f64. */
import { Dict, List, PySet, Slice, Tuple, type PyValue } from './values.ts'

/** What is not evaluated, and why; the machine says where. */
export class Refusal extends Error {}

/** Bits of a whole number. */
const BIT_LIMIT = 4096

/** Items of a list that is made. */
const ITEM_LIMIT = 10_000

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '&' | '|' | '^' | '<<' | '>>' | '@'

/** True is 1. Undefined for what is no number. */
const numeric = (value: unknown): bigint | number | undefined =>
  typeof value === 'boolean' ? BigInt(value) : typeof value === 'bigint' || typeof value === 'number' ? value : undefined

const isList = (value: unknown): value is Tuple | List => value instanceof Tuple || value instanceof List

function asFloat(value: bigint | number): number {
  const float = Number(value)
  if (typeof value === 'bigint' && !Number.isFinite(float)) throw new Refusal('a whole number must fit into a float')
  return float
}

const bitsOf = (value: bigint): number => (value < 0n ? -value : value).toString(16).length * 4

function floorDivided(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}

/** With the sign of b. */
function floatRemainder(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

function wholePower(a: bigint, b: bigint): PyValue {
  if (b < 0n) return floatResult('**', Number(a), Number(b))
  if (BigInt(bitsOf(a)) * b > BigInt(BIT_LIMIT) && a !== 1n && a !== 0n && a !== -1n)
    throw new Refusal(`a power must have at most ${BIT_LIMIT} bits`)
  return a === -1n ? (b % 2n ? -1n : 1n) : a === 0n || a === 1n ? (b === 0n ? 1n : a) : a ** b
}

function shifted(a: bigint, by: bigint, left: boolean): bigint {
  if (by < 0n || by > BigInt(BIT_LIMIT)) throw new Refusal(`a shift must be by 0 to ${BIT_LIMIT} bits`)
  return left ? a << by : a >> by
}

function wholeResult(operator: Operator, a: bigint, b: bigint): PyValue {
  const rules: Partial<Record<Operator, () => PyValue>> = {
    '+': () => a + b,
    '-': () => a - b,
    '*': () => a * b,
    '/': () => asFloat(a) / asFloat(b),
    '//': () => floorDivided(a, b),
    '%': () => a - floorDivided(a, b) * b,
    '**': () => wholePower(a, b),
    '&': () => a & b,
    '|': () => a | b,
    '^': () => a ^ b,
    '<<': () => shifted(a, b, true),
    '>>': () => shifted(a, b, false),
  }
  const rule = rules[operator]
  if (!rule) throw new Refusal(`numbers must not be taken by ${operator}`)
  const result = rule()
  if (typeof result === 'bigint' && bitsOf(result) > BIT_LIMIT) throw new Refusal(`a whole number must have at most ${BIT_LIMIT} bits`)
  return result
}

function floatResult(operator: Operator, a: number, b: number): PyValue {
  const rules: Partial<Record<Operator, () => number>> = {
    '+': () => a + b,
    '-': () => a - b,
    '*': () => a * b,
    '/': () => a / b,
    '//': () => Math.round((a - floatRemainder(a, b)) / b),
    '%': () => floatRemainder(a, b),
    '**': () => a ** b,
  }
  const rule = rules[operator]
  if (!rule) throw new Refusal(`floats must not be taken by ${operator}`)
  const result = rule()
  if (Number.isNaN(result) && !Number.isNaN(a) && !Number.isNaN(b)) throw new Refusal(`${a} ${operator} ${b} must be a number`)
  return result
}

function repeated<T extends Tuple | List>(list: T, times: bigint | number | undefined): Tuple | List {
  if (typeof times !== 'bigint' || times * BigInt(list.items.length) > BigInt(ITEM_LIMIT))
    throw new Refusal(`a list must be repeated a whole number of times, to at most ${ITEM_LIMIT} items`)
  const items = Array.from({ length: Math.max(0, Number(times)) }, () => list.items).flat()
  return list instanceof Tuple ? new Tuple(items) : new List(items)
}

/** a OPERATOR b of what is no tensor. @throws Refusal */
export function binary(operator: Operator, a: PyValue, b: PyValue): PyValue {
  const [p, q] = [numeric(a), numeric(b)]
  if (p !== undefined && q !== undefined) {
    if (['/', '//', '%'].includes(operator) && Number(q) === 0) throw new Refusal('a number must not be divided by 0')
    return typeof p === 'bigint' && typeof q === 'bigint' ? wholeResult(operator, p, q) : floatResult(operator, asFloat(p), asFloat(q))
  }
  if (operator === '+' && typeof a === 'string' && typeof b === 'string' && a.length + b.length <= ITEM_LIMIT) return a + b
  if (operator === '+' && a instanceof Tuple && b instanceof Tuple) return new Tuple(joined(a, b))
  if (operator === '+' && a instanceof List && b instanceof List) return new List(joined(a, b))
  if (operator === '*' && (isList(a) || isList(b))) return isList(a) ? repeated(a, q) : repeated(b as Tuple | List, p)
  throw new Refusal(`${operator} must be between numbers, or between a tensor and numbers`)
}

export function joined(a: Tuple | List, b: Tuple | List): readonly PyValue[] {
  if (a.items.length + b.items.length > ITEM_LIMIT) throw new Refusal(`a list must have at most ${ITEM_LIMIT} items`)
  return [...a.items, ...b.items]
}

/** @throws Refusal */
export function unary(operator: '-' | '+' | '~', value: PyValue): PyValue {
  const x = numeric(value)
  if (x === undefined || (operator === '~' && typeof x === 'number')) throw new Refusal(`${operator} must be of a number`)
  return operator === '-' ? -x : operator === '+' ? x : ~(x as bigint)
}

/** What `if` makes of it. @throws Refusal for what has no truth that is known here */
export function truth(value: PyValue): boolean {
  const x = numeric(value)
  if (x !== undefined) return x != 0
  if (value === null) return false
  if (typeof value === 'string') return value !== ''
  if (isList(value) || value instanceof PySet) return value.items.length > 0
  if (value instanceof Dict) return value.entries.length > 0
  throw new Refusal('a condition must be one of numbers and texts')
}

/** Whether two are equal, as far as that can be told at once. @throws Refusal */
function equal(a: PyValue, b: PyValue, depth = 0): boolean {
  const [p, q] = [numeric(a), numeric(b)]
  if (p !== undefined && q !== undefined) return p == q
  if (depth < 4 && isList(a) && isList(b) && a instanceof Tuple === b instanceof Tuple)
    return a.items.length === b.items.length && a.items.every((item, i) => equal(item, b.items[i]!, depth + 1))
  const plain = (v: PyValue) => v === null || typeof v === 'string' || numeric(v) !== undefined || isList(v)
  if (plain(a) && plain(b)) return a === b
  throw new Refusal('what is compared must be numbers, texts or lists of them')
}

/** a COMPARISON b: `<`, `in`, `is not`. @throws Refusal */
export function compare(comparison: string, a: PyValue, b: PyValue): boolean {
  if (comparison === '==') return equal(a, b)
  if (comparison === '!=') return !equal(a, b)
  if (comparison === 'is' || comparison === 'is not') return identical(a, b) === (comparison === 'is')
  if (comparison === 'in' || comparison === 'not in') {
    if (!isList(b) && !(b instanceof PySet)) throw new Refusal('what something is looked for in must be a list or a set')
    return b.items.some((item) => equal(a, item)) === (comparison === 'in')
  }
  const [p, q] = [numeric(a), numeric(b)]
  if (p === undefined || q === undefined) throw new Refusal(`${comparison} must be between numbers`)
  return comparison === '<' ? p < q : comparison === '<=' ? p <= q : comparison === '>' ? p > q : p >= q
}

/** None, True and False are one each. */
function identical(a: PyValue, b: PyValue): boolean {
  const single = (v: PyValue) => v === null || typeof v === 'boolean'
  if (single(a) || single(b)) return a === b
  throw new Refusal('`is` must be with None, True or False')
}

/** A whole number as one of JavaScript. @throws Refusal */
export function integer(value: PyValue | undefined): number {
  const x = value === undefined ? undefined : numeric(value)
  if (typeof x === 'bigint' && Number.isSafeInteger(Number(x))) return Number(x)
  throw new Refusal('an index must be a whole number')
}

/** list[key]. @throws Refusal */
export function itemOf(list: PyValue, key: PyValue): PyValue {
  if (list instanceof Dict) {
    const found = list.entries.find(([k]) => equal(k, key))
    if (found) return found[1]
  }
  if (!isList(list)) throw new Refusal('what is indexed must be a tensor or a list')
  const { items } = list
  if (key instanceof Slice) {
    const taken = sliced(items, key)
    return list instanceof Tuple ? new Tuple(taken) : new List(taken)
  }
  const item = items.at(integer(key))
  if (item === undefined) throw new Refusal(`an index must be one of ${items.length} items`)
  return item
}

function sliced(items: readonly PyValue[], { begin, end, step }: Slice): PyValue[] {
  const by = step === null ? 1 : integer(step)
  if (by === 0) throw new Refusal('a step must not be 0')
  const n = items.length
  const [low, high] = by > 0 ? [0, n] : [-1, n - 1]
  const bound = (value: PyValue, fallback: number) => {
    if (value === null) return fallback
    const at = integer(value)
    return Math.min(Math.max(at < 0 ? at + n : at, low), high)
  }
  const [first, last] = [bound(begin, by > 0 ? low : high), bound(end, by > 0 ? high : low)]
  const taken: PyValue[] = []
  for (let i = first; by > 0 ? i < last : i > last; i += by) taken.push(items[i]!)
  return taken
}
