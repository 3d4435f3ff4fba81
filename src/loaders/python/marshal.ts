/**
 * Reads what Python's `marshal.dumps` wrote of a function's code, of Python 2.7 and 3.3 to 3.13 (Python/marshal.c, Objects/codeobject.c). Bytes come
 * in, values go out; nothing is executed. A file does not say which Python it was: `readCode` tries the four layouts that there are.
 */
import { FileError } from '../../errors.ts'
import { Code, Complex, Dict, ELLIPSIS, List, PySet, Singleton, Slice, Tuple, type Layout, type PyValue } from './values.ts'

/** Values in each other; what compilers write has a handful. */
const DEPTH_LIMIT = 100

/** Digits of a long integer, of 15 bits each. */
const DIGIT_LIMIT = 1024

/** Behind the entries of a dict. */
const NOTHING = new Singleton('NULL')

const KINDS = { local: 0x20, cell: 0x40, free: 0x80 } as const

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #layout: Layout
  /** Values that were marked to be referred to, by number; undefined while one is being read. */
  readonly #refs: (PyValue | undefined)[] = []
  /** Python 2's interned strings, by number. */
  readonly #interned: string[] = []
  #at = 0

  constructor(bytes: Uint8Array, layout: Layout) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#layout = layout
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  corrupt(rule: string, got: string | number): FileError {
    return new FileError('corrupt', `[marshal] ${rule}, got ${got}`, { offset: this.#at })
  }

  #take(count: number): number {
    if (count < 0 || count > this.left) throw this.corrupt('a value must end before the code does', `${count} of ${this.left} bytes`)
    this.#at += count
    return this.#at - count
  }

  #u8(): number {
    return this.#bytes[this.#take(1)]!
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true)
  }

  #slice(count: number): Uint8Array {
    const begin = this.#take(count)
    return this.#bytes.slice(begin, begin + count)
  }

  /** Each character one byte. */
  #latin1(count: number): string {
    return Array.from(this.#slice(count), (b) => String.fromCharCode(b)).join('')
  }

  #float(text: string): number {
    const special: Readonly<Record<string, number>> = { nan: NaN, '-nan': NaN, inf: Infinity, '-inf': -Infinity }
    if (Object.hasOwn(special, text)) return special[text]!
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) throw this.corrupt('a float must be a number', JSON.stringify(text))
    return Number(text)
  }

  #long(): bigint {
    const count = this.int32()
    const digits = Math.abs(count)
    if (digits > DIGIT_LIMIT) throw this.corrupt(`an integer must have at most ${DIGIT_LIMIT} digits`, digits)
    const begin = this.#take(2 * digits)
    let value = 0n
    for (let i = digits - 1; i >= 0; i--) {
      const digit = this.#view.getUint16(begin + 2 * i, true)
      if (digit >> 15) throw this.corrupt('a digit of an integer must have 15 bits', digit)
      value = (value << 15n) | BigInt(digit)
    }
    return count < 0 ? -value : value
  }

  #intern(text: string): string {
    if (this.#layout === '2.7') this.#interned.push(text)
    return text
  }

  #items(count: number, depth: number): PyValue[] {
    if (count < 0 || count > this.left) throw this.corrupt('items must fit into the code', count)
    const items: PyValue[] = [] // grows as they come: a count may be any number
    while (items.length < count) items.push(this.value(depth + 1))
    return items
  }

  #dict(depth: number): Dict {
    const entries: [PyValue, PyValue][] = []
    for (let key = this.#any(depth + 1); key !== NOTHING; key = this.#any(depth + 1)) entries.push([key, this.value(depth + 1)])
    return new Dict(entries)
  }

  /** @throws FileError `corrupt`; for a value that is none */
  value(depth: number): PyValue {
    const value = this.#any(depth)
    if (value === NOTHING) throw this.corrupt('a value must be one', 'NULL')
    return value
  }

  #any(depth: number): PyValue {
    if (depth > DEPTH_LIMIT) throw this.corrupt(`values must be at most ${DEPTH_LIMIT} deep`, 'more')
    const byte = this.#u8()
    const type = String.fromCharCode(byte & 0x7f)
    const index = byte & 0x80 ? this.#refs.push(undefined) - 1 : undefined
    const value = this.#typed(type, depth)
    if (index !== undefined) this.#refs[index] = value
    return value
  }

  #typed(type: string, depth: number): PyValue {
    switch (type) {
      case '0':
        return NOTHING
      case 'N':
        return null
      case 'F':
        return false
      case 'T':
        return true
      case 'S':
        return new Singleton('StopIteration')
      case '.':
        return ELLIPSIS
      case 'i':
        return BigInt(this.int32())
      case 'I':
        return this.#view.getBigInt64(this.#take(8), true)
      case 'l':
        return this.#long()
      case 'f':
        return this.#float(this.#latin1(this.#u8()))
      case 'g':
        return this.#view.getFloat64(this.#take(8), true)
      case 'x':
        return new Complex(this.#float(this.#latin1(this.#u8())), this.#float(this.#latin1(this.#u8())))
      case 'y':
        return new Complex(this.#view.getFloat64(this.#take(8), true), this.#view.getFloat64(this.#take(8), true))
      case 'c':
        return this.#code(depth)
      default:
        return this.#text(type) ?? this.#collection(type, depth)
    }
  }

  #text(type: string): PyValue | undefined {
    switch (type) {
      case 's':
        return this.#layout === '2.7' ? this.#latin1(this.int32()) : this.#slice(this.int32())
      case 't':
        return this.#intern(this.#layout === '2.7' ? this.#latin1(this.int32()) : this.#utf8())
      case 'u':
        return this.#utf8()
      case 'a':
      case 'A':
        return this.#latin1(this.int32())
      case 'z':
      case 'Z':
        return this.#latin1(this.#u8())
      case 'R':
        return this.#referred(this.#interned, 'string')
      case 'r':
        return this.#referred(this.#refs, 'value')
      default:
        return undefined
    }
  }

  /** Surrogates, which Python lets pass, become replacement characters. */
  #utf8(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.#slice(this.int32()))
  }

  #referred<T extends PyValue>(list: readonly (T | undefined)[], what: string): T {
    const number = this.int32()
    const found = list[number]
    if (found === undefined) throw this.corrupt(`a reference must be to a ${what} before it`, `number ${number} of ${list.length}`)
    return found
  }

  #collection(type: string, depth: number): PyValue {
    switch (type) {
      case '(':
        return new Tuple(this.#items(this.int32(), depth))
      case ')':
        return new Tuple(this.#items(this.#u8(), depth))
      case '[':
        return new List(this.#items(this.int32(), depth))
      case '<':
      case '>':
        return new PySet(this.#items(this.int32(), depth))
      case '{':
        return this.#dict(depth)
      case ':': {
        const [begin, end, step] = this.#items(3, depth)
        return new Slice(begin!, end!, step)
      }
      default:
        throw this.corrupt('a value must be of a type that is known', JSON.stringify(type))
    }
  }

  #string(what: string, depth: number): string {
    const value = this.value(depth + 1)
    if (typeof value !== 'string') throw this.corrupt(`${what} of a function must be text`, typeof value)
    return value
  }

  #strings(what: string, depth: number): readonly string[] {
    const value = this.value(depth + 1)
    const known = value instanceof Tuple && value.items.every((item) => typeof item === 'string')
    if (!known) throw this.corrupt(`${what} of a function must be a tuple of texts`, typeof value)
    return value.items
  }

  #byteString(what: string, depth: number): Uint8Array {
    const value = this.value(depth + 1)
    if (typeof value === 'string' && this.#layout === '2.7') return Uint8Array.from(value, (c) => c.charCodeAt(0))
    if (!(value instanceof Uint8Array)) throw this.corrupt(`${what} of a function must be bytes`, typeof value)
    return value
  }

  #tuple(what: string, depth: number): readonly PyValue[] {
    const value = this.value(depth + 1)
    if (!(value instanceof Tuple)) throw this.corrupt(`${what} of a function must be a tuple`, typeof value)
    return value.items
  }

  #count(what: string): number {
    const value = this.int32()
    if (value < 0) throw this.corrupt(`${what} of a function must not be below 0`, value)
    return value
  }

  #code(depth: number): Code {
    const layout = this.#layout
    const old = layout === '2.7' || layout === '3.3'
    const argcount = this.#count('the arguments')
    if (!old) this.#count('the arguments by place only') // counted among the arguments
    const kwonly = layout === '2.7' ? 0 : this.#count('the arguments by keyword only')
    if (layout !== '3.11') this.#count('the local variables')
    this.#count('the stack')
    const flags = this.int32()
    const code = this.#byteString('the code', depth)
    const consts = this.#tuple('the constants', depth)
    const names = this.#strings('the names', depth)
    const variables = layout === '3.11' ? this.#localsPlus(depth) : this.#variables(depth)
    this.#string('the file', depth)
    const name = this.#string('the name', depth)
    if (layout === '3.11') this.#string('the qualified name', depth)
    this.int32() // first line
    const lines = this.#byteString('the lines', depth)
    if (layout === '3.11') this.#byteString('the exceptions', depth)
    if (argcount + kwonly > variables.locals.length)
      throw this.corrupt('the arguments of a function must be among its variables', argcount + kwonly)
    return new Code({ layout, name, argcount, kwonly, flags, code, lines, consts, names, ...variables })
  }

  #variables(depth: number): Pick<Code, 'locals' | 'cells' | 'free'> {
    const locals = this.#strings('the variables', depth)
    const free = this.#strings('the free variables', depth)
    return { locals, free, cells: this.#strings('the cells', depth) }
  }

  /** From 3.11 on all variables are in one list, with a byte each for what they are. */
  #localsPlus(depth: number): Pick<Code, 'locals' | 'cells' | 'free'> {
    const locals = this.#strings('the variables', depth)
    const kinds = this.#byteString('the kinds of variables', depth)
    if (kinds.length !== locals.length) throw this.corrupt(`each of ${locals.length} variables must be of a kind`, kinds.length)
    const of = (kind: number) => locals.filter((_, i) => kinds[i]! & kind)
    return { locals, cells: of(KINDS.cell), free: of(KINDS.free) }
  }
}

/**
 * The code of a function.
 * @throws FileError `corrupt` saying what does not fit, by the layout that was read furthest
 */
export function readCode(bytes: Uint8Array): Code {
  let furthest: FileError | undefined
  for (const layout of ['3.11', '3.8', '3.3', '2.7'] as const) {
    const reader = new Reader(bytes, layout)
    try {
      const value = reader.value(0)
      if (!(value instanceof Code)) throw reader.corrupt('a Lambda must hold the code of a function', typeof value)
      if (reader.left) throw reader.corrupt('the code of a function must be all that there is', `${reader.left} bytes behind it`)
      return value
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      if (!furthest || error.offset! > furthest.offset!) furthest = error
    }
  }
  throw furthest!
}
