/**
 * Python's values, as far as marshalled code holds them: None is null, an int a bigint, a float a number, bytes a Uint8Array; what JavaScript
 * has no type for has a class here. Nothing of it can be executed.
 */

export class Tuple {
  readonly items: readonly PyValue[]
  constructor(items: readonly PyValue[]) {
    this.items = items
  }
}

export class List {
  readonly items: readonly PyValue[]
  constructor(items: readonly PyValue[]) {
    this.items = items
  }
}

export class Dict {
  readonly entries: readonly (readonly [PyValue, PyValue])[]
  constructor(entries: readonly (readonly [PyValue, PyValue])[]) {
    this.entries = entries
  }
}

/** A set or a frozenset. */
export class PySet {
  readonly items: readonly PyValue[]
  constructor(items: readonly PyValue[]) {
    this.items = items
  }
}

export class Complex {
  readonly re: number
  readonly im: number
  constructor(re: number, im: number) {
    this.re = re
    this.im = im
  }
}

export class Slice {
  readonly begin: PyValue
  readonly end: PyValue
  readonly step: PyValue
  constructor(begin: PyValue, end: PyValue, step: PyValue = null) {
    this.begin = begin
    this.end = end
    this.step = step
  }
}

/** Python's `...`, and what raises StopIteration's name. */
export class Singleton {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export const ELLIPSIS = new Singleton('Ellipsis')

/** How a Python lays out a code object: those from 2.7, 3.3, 3.8 and 3.11 on. */
export type Layout = '2.7' | '3.3' | '3.8' | '3.11'

/** A code object: what is compiled of one function. */
export class Code {
  readonly layout: Layout
  /** The function's own name; `<lambda>` for those that have none. */
  readonly name: string
  /** Arguments that may be given by place; keywords only follow them in `locals`, then `*args` and `**kwargs` where flags say so. */
  readonly argcount: number
  readonly kwonly: number
  readonly flags: number
  readonly code: Uint8Array
  /** Where lines begin. */
  readonly lines: Uint8Array
  readonly consts: readonly PyValue[]
  readonly names: readonly string[]
  /** Local variables, arguments first; from 3.11 on with the cells and free variables that are no arguments behind them. */
  readonly locals: readonly string[]
  /** Variables that inner functions share, then those of the outer function; by these numbers before 3.11. */
  readonly cells: readonly string[]
  readonly free: readonly string[]

  constructor(parts: Code) {
    this.layout = parts.layout
    this.name = parts.name
    this.argcount = parts.argcount
    this.kwonly = parts.kwonly
    this.flags = parts.flags
    this.code = parts.code
    this.lines = parts.lines
    this.consts = parts.consts
    this.names = parts.names
    this.locals = parts.locals
    this.cells = parts.cells
    this.free = parts.free
  }
}

export type PyValue =
  null | boolean | bigint | number | string | Uint8Array | Tuple | List | Dict | PySet | Complex | Slice | Singleton | Code

/** Characters of a value that are shown. */
const SHOWN = 200

const quoted = (text: string): string => `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** Appends pieces until there are enough: values may be made of each other many times over. */
function write(value: PyValue, out: string[], room: { left: number }): void {
  const put = (text: string) => {
    room.left -= text.length
    out.push(text)
  }
  const list = (open: string, items: readonly PyValue[], close: string) => {
    put(open)
    for (const [i, item] of items.entries()) {
      if (room.left < 0) return
      if (i) put(', ')
      write(item, out, room)
    }
    put(close)
  }
  if (value === null) put('None')
  else if (typeof value === 'boolean') put(value ? 'True' : 'False')
  else if (typeof value === 'bigint') put(String(value))
  else if (typeof value === 'number') put(floatText(value))
  else if (typeof value === 'string') put(quoted(value.slice(0, SHOWN)))
  else if (value instanceof Uint8Array) put(`<bytes: ${value.length}>`)
  else if (value instanceof Tuple) list('(', value.items, value.items.length === 1 ? ',)' : ')')
  else if (value instanceof List) list('[', value.items, ']')
  else if (value instanceof PySet) list('{', value.items, '}')
  else if (value instanceof Dict) {
    list('{', value.entries.flatMap(([k, v]) => [k, v]), '}') // prettier-ignore
  } else if (value instanceof Complex) put(`(${floatText(value.re)}+${floatText(value.im)}j)`)
  else if (value instanceof Slice) list('slice(', [value.begin, value.end, value.step], ')')
  else if (value instanceof Singleton) put(value.name)
  else put(`<code ${value.name.slice(0, SHOWN)}>`)
}

/** A value as Python shows it, cut where it is long. */
export function reprOf(value: PyValue): string {
  const out: string[] = []
  write(value, out, { left: SHOWN })
  const text = out.join('')
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text
}
