/**
 * Shader text made from a file: constants set, tiles written out, vectors turned into scalars. A file is valid WGSL as it stands, with the
 * tile of one element; the compilers of software adapters neither unroll loops nor keep indexed arrays in registers, so larger tiles are
 * made by repeating its lines.
 *
 * An axis is a letter. Where a line has
 * - `name_i0`, a name that ends in an axis and 0,
 * - `0u` or `0i` with the axis in a comment right behind it,
 * - the axis in brackets in a comment: nothing where the axis has one value, else an index,
 * the line is repeated for every value of that axis: left out where it has none. Comment lines stay as they are.
 *
 * Texts are kept by what they are made with: equal ones are one string, found in microseconds.
 */
import { ThawError } from '../errors.ts'

export type Consts = Readonly<Record<string, number | boolean>>

export interface ShaderOptions {
  /** Values for named `const`s: `const TM: u32 = 4u;` with `{TM: 8}` becomes `const TM: u32 = 8u;`. */
  readonly consts?: Consts
  /** The values of an axis, or how many from 0. A letter that is not here is no axis. */
  readonly axes?: Readonly<Record<string, number | readonly number[]>>
  /** Axes that follow from others, on lines that name those too: the sum of the others' values times these factors. */
  readonly derived?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Aliases of vec4f that become f32, for tensors whose rows are no whole vectors; `Bits` of such an alias follows it. */
  readonly scalars?: readonly string[]
  /** Functions to take the place of those of the same name. In the file such a function ends where a line ends with its last bracket. */
  readonly functions?: Readonly<Record<string, string>>
  /** Bindings to keep, in their new order. The others are left out; nothing may use them then. Default: all, as in the file. */
  readonly bindings?: readonly string[]
}

type At = Readonly<Record<string, number>>

function fault(rule: string): ThawError {
  return new ThawError('shader', `[shader] ${rule}`)
}

/** A finite number as WGSL writes it. */
export function f32Literal(value: number): string {
  const text = String(value)
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`
}

function literal(name: string, type: string, value: number | boolean): string {
  const whole = typeof value === 'number' && Number.isInteger(value)
  if (type === 'bool' && typeof value === 'boolean') return String(value)
  if (type === 'u32' && whole && value >= 0) return `${value}u`
  if (type === 'i32' && whole) return `${value}i`
  if (type === 'f32' && typeof value === 'number' && Number.isFinite(value)) return f32Literal(value)
  throw fault(`const ${name} must be of type ${type}, got ${value}`)
}

/** One line of a file: what stands between its marks, and the marks. */
interface Line {
  readonly pieces: readonly string[]
  readonly marks: readonly { readonly axis: string; readonly kind: 'name' | 'u' | 'i' | 'index' }[]
}

const MARK = /_([a-z])0(?![0-9a-zA-Z])|0([iu])\/\*([a-z])\*\/|\/\*\[([a-z])\]\*\//g

/** Lines that were parsed before: the texts of a file have most of theirs in common. */
const known = new Map<string, Line>()

function parse(text: string): Line {
  let line = known.get(text)
  if (!line) known.set(text, (line = text.trimStart().startsWith('//') ? { pieces: [text], marks: [] } : split(text)))
  return line
}

function split(text: string): Line {
  const pieces: string[] = []
  const marks: Line['marks'][number][] = []
  let from = 0
  for (const m of text.matchAll(MARK)) {
    pieces.push(text.slice(from, m.index))
    from = m.index + m[0].length
    if (m[1]) marks.push({ axis: m[1], kind: 'name' })
    else if (m[3]) marks.push({ axis: m[3], kind: m[2] as 'u' | 'i' })
    else marks.push({ axis: m[4]!, kind: 'index' })
  }
  pieces.push(text.slice(from))
  return { pieces, marks }
}

function written({ pieces, marks }: Line, at: At, counts: At): string {
  let text = pieces[0]!
  marks.forEach(({ axis, kind }, i) => {
    const value = at[axis]
    // A mark of a letter that is no axis: the line stands as in the file.
    if (kind === 'name') text += `_${axis}${value ?? 0}`
    else if (kind === 'index') text += value !== undefined && counts[axis]! > 1 ? `[${value}]` : ''
    else text += `${value ?? 0}${kind}`
    text += pieces[i + 1]!
  })
  return text
}

/** A shader file, ready to be specialised. */
export class Shader {
  readonly source: string
  readonly #texts = new Map<string, string>()

  constructor(source: string) {
    this.source = source
  }

  /**
   * The text for these options.
   * @throws ThawError code `shader` for a constant, axis, alias or function that the file lacks, or a value that its type cannot hold
   */
  text(options: ShaderOptions = {}): string {
    const key = JSON.stringify(options)
    let text = this.#texts.get(key)
    if (text === undefined) this.#texts.set(key, (text = this.#make(options)))
    return text
  }

  #make({ consts = {}, axes = {}, derived = {}, scalars = [], functions = {}, bindings }: ShaderOptions): string {
    // What concerns single lines comes first: the text is short before its lines are repeated.
    let text = this.source
    for (const alias of scalars) text = asScalars(text, alias)
    text = withConsts(text, consts)
    for (const [name, body] of Object.entries(functions)) text = withFunction(text, name, body)
    if (bindings) text = withBindings(text, bindings)
    return unrolled(text, axes, derived)
  }
}

function unrolled(text: string, axes: NonNullable<ShaderOptions['axes']>, derived: NonNullable<ShaderOptions['derived']>): string {
  const values = Object.fromEntries(
    Object.entries(axes).map(([a, v]) => [a, typeof v === 'number' ? Array.from({ length: v }, (_, i) => i) : v]),
  )
  const counts = Object.fromEntries(Object.entries(values).map(([a, v]) => [a, v.length]))
  const missing = new Set(Object.keys(axes))
  const into: string[] = []
  for (const line of text.split('\n').map(parse)) {
    for (const { axis } of line.marks) missing.delete(axis)
    if (line.marks.length) repeat(line, values, counts, derived, into)
    else into.push(line.pieces[0]!)
  }
  for (const axis of missing) throw fault(`an axis must be named by a line of the file, got ${axis} and none that does`)
  return into.join('\n')
}

/** Appends the line for every combination of the axes that it names. */
function repeat(
  line: Line,
  values: Readonly<Record<string, readonly number[]>>,
  counts: At,
  derived: NonNullable<ShaderOptions['derived']>,
  into: string[],
): void {
  const named = new Set(line.marks.map((m) => m.axis))
  const present = Object.keys(values).filter((a) => named.has(a))
  const following = present.filter((a) => a in derived && Object.keys(derived[a]!).every((from) => named.has(from) && from in values))
  const free = following.length ? present.filter((a) => !following.includes(a)) : present
  const at: Record<string, number> = {}
  const choose = (i: number): void => {
    const axis = free[i]
    if (axis === undefined) {
      for (const a of following) at[a] = Object.entries(derived[a]!).reduce((sum, [from, factor]) => sum + at[from]! * factor, 0)
      into.push(written(line, at, counts))
      return
    }
    for (const value of values[axis]!) {
      at[axis] = value
      choose(i + 1)
    }
  }
  choose(0)
}

function asScalars(text: string, alias: string): string {
  const vector = `alias ${alias} = vec4f;`
  if (!text.includes(vector)) throw fault(`the file must have ${vector} got none`)
  return text.replace(vector, `alias ${alias} = f32;`).replace(`alias ${alias}Bits = vec4u;`, `alias ${alias}Bits = u32;`)
}

const CONST = /^([ \t]*const (\w+)\s*:\s*(u32|i32|f32|bool)\s*=\s*)[^;]+;/gm

function withConsts(text: string, consts: Consts): string {
  const missing = new Set(Object.keys(consts))
  const set = text.replace(CONST, (declared: string, head: string, name: string, type: string) =>
    missing.delete(name) ? `${head}${literal(name, type, consts[name]!)};` : declared,
  )
  for (const name of missing) throw fault(`the file must declare const ${name}, got ${name}=${consts[name]} and no such const`)
  return set
}

function withFunction(text: string, name: string, body: string): string {
  const pattern = new RegExp(`^fn ${name}\\((?:.*\\}|[^]*?\\n\\})$`, 'm')
  if (!pattern.test(text)) throw fault(`the file must declare fn ${name}, got none`)
  return text.replace(pattern, () => body)
}

function withBindings(text: string, names: readonly string[]): string {
  const declared: string[] = []
  const kept = text.replace(/^@group\(0\) @binding\(\d+\) (var<[^>]*> (\w+).*)\n/gm, (_, declaration: string, name: string) => {
    declared.push(name)
    return names.includes(name) ? `@group(0) @binding(${names.indexOf(name)}) ${declaration}\n` : ''
  })
  const strange = names.find((n) => !declared.includes(n))
  if (strange !== undefined) throw fault(`the file must declare the binding ${strange}, got ${declared.join(', ')}`)
  return kept
}
