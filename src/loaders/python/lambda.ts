/** Keras's Lambda layers: the function that a config holds, as layers that compute the same. Loaded when a file has one. */
import { FileError, ThawError } from '../../errors.ts'
import { isRecord } from '../../described.ts'
import type { RawConfig } from '../../layers/config.ts'
import type { Layer, SymbolicShape, SymbolicTensor } from '../../layers/layer.ts'
import { Network } from '../../layers/network.ts'
import { Identity } from '../../layers/identity.ts'
import { InputLayer } from '../../layers/input_layer.ts'
import { Refusal } from './arithmetic.ts'
import { disassembly, programOf, type Instruction, type Program } from './instructions.ts'
import { list, Machine, Name, type Value } from './machine.ts'
import { readCode } from './marshal.ts'
import { rules } from './rules.ts'
import { TensorOperations } from './tensors.ts'
import { Complex, Dict, List, PySet, Singleton, Tuple, type Code, type PyValue } from './values.ts'

/** Characters of a function's code. */
const TEXT_LIMIT = 4 * 1024 * 1024

const FLAGS = { args: 0x04, kwargs: 0x08, generator: 0x20, coroutine: 0x80, asyncGenerator: 0x200 } as const

/** A function of a config: its code, or the name of one. */
type Given =
  { readonly program: Program; readonly defaults: readonly Value[]; readonly closure: readonly Value[] } | { readonly name: string }

/** What JSON says of a value of Python; a whole number may have been a float. */
function fromJson(value: unknown): PyValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (Array.isArray(value)) return new List(value.map(fromJson))
  if (!isRecord(value)) return null
  const { class_name: className, config, items } = value
  if (className === '__tuple__' && Array.isArray(items)) return new Tuple(items.map(fromJson))
  if (className === '__numpy__' && isRecord(config)) return fromJson(config['value'])
  if (value['type'] === 'ndarray') return fromJson(value['value'])
  return new Singleton('an object')
}

/** The bytes that a text stands for: base64, or what Python's `raw_unicode_escape` decodes, as Keras 1 and early versions of Keras 2 did. */
function codeBytes(text: string): Uint8Array {
  const plain = text.replace(/\s/g, '')
  if (plain.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(plain)) return Uint8Array.from(atob(plain), (c) => c.charCodeAt(0))
  const escaped = text.replace(/[^\0-\xff]/gu, (c) => {
    const code = c.codePointAt(0)!.toString(16)
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`
  })
  return Uint8Array.from(escaped, (c) => c.charCodeAt(0))
}

function programIn(text: unknown): Program {
  if (typeof text !== 'string' || text.length > TEXT_LIMIT) throw new Refusal('the code of a function must be text')
  return programOf(readCode(codeBytes(text)))
}

const valuesIn = (values: unknown): Value[] => (Array.isArray(values) ? values.map(fromJson) : [])

function givenIn(config: RawConfig): Given {
  const { function: f, function_type: type } = config
  if (isRecord(f) && f['class_name'] === '__lambda__' && isRecord(f['config'])) {
    const { code, defaults, closure } = f['config']
    return { program: programIn(code), defaults: valuesIn(defaults), closure: valuesIn(closure) }
  }
  if (isRecord(f) && typeof f['config'] === 'string') return { name: [f['module'], f['config']].filter(Boolean).join('.') }
  if (typeof f === 'string' && type === 'function') return { name: [config['module'], f].filter(Boolean).join('.') }
  const [code, defaults, closure] = (Array.isArray(f) ? f : [f]) as unknown[]
  return { program: programIn(code), defaults: valuesIn(defaults), closure: valuesIn(closure) }
}

const pairs = (values: unknown): [string, Value][] =>
  isRecord(values) ? Object.entries(values).map(([name, value]) => [name, fromJson(value)]) : []

/** What the function's variables hold when it begins. @throws Refusal */
function bound(code: Code, input: Value, defaults: readonly Value[], named: ReadonlyMap<string, Value>): (Value | undefined)[] {
  const { argcount, kwonly, locals, flags } = code
  if (flags & (FLAGS.generator | FLAGS.coroutine | FLAGS.asyncGenerator))
    throw new Refusal('a function must return its result, not yield it')
  const parameters = locals.slice(0, argcount + kwonly)
  const rest = [...named].filter(([name]) => !parameters.includes(name))
  if (rest.length && !(flags & FLAGS.kwargs)) throw new Refusal(`an argument must be one of the function's, not ${rest[0]![0]}`)
  const values = parameters.map((name, i): Value | undefined => {
    if (i === 0 && argcount > 0) return input
    if (named.has(name)) return named.get(name)
    const at = i - (argcount - defaults.length)
    return i < argcount && at >= 0 ? defaults[at] : name === 'mask' ? null : undefined
  })
  if (flags & FLAGS.args) values.push(argcount > 0 ? new Tuple([]) : new Tuple(list([input]).items))
  if (flags & FLAGS.kwargs) values.push(new Dict(rest as Dict['entries']))
  return values
}

/** Goes through a function once. @param at is told of each instruction */
function result(given: Given, config: RawConfig, input: Value, o: TensorOperations, at: (i: Instruction) => void): Value {
  const named = new Map(pairs(config['arguments']))
  if ('name' in given) return o.call(new Name(given.name), [input], named)
  const { program, defaults, closure } = given
  const free = new Map(program.code.free.map((name, i) => [name, closure[i]] as const).filter(([, value]) => value !== undefined))
  const unsure = defaults.length + closure.length + named.size > 0
  const locals = bound(program.code, input, defaults, named)
  return new Machine(program, o, locals, free as ReadonlyMap<string, Value>, unsure).run(rules, at)
}

/** `mean`, `mean_1`: names within one Lambda. */
function counting(): (operation: string) => string {
  const counts = new Map<string, number>()
  return (operation) => {
    const n = counts.get(operation) ?? 0
    counts.set(operation, n + 1)
    return n ? `${operation}_${n}` : operation
  }
}

/** The layer whose function a value is the result of: one that does it all, or a model of several. */
function layerOf(name: string, shapes: readonly SymbolicShape[], evaluate: (o: TensorOperations, input: Value) => Value): Layer {
  const inputs = shapes.map((shape, i) =>
    new InputLayer({ name: shapes.length > 1 ? `input_${i}` : 'input', shape: shape.slice(1) }).tensor(),
  )
  const made = (names: (operation: string) => string) => {
    const o = new TensorOperations(name, names)
    const tensors = inputs.map((t) => o.tensor(t))
    const value = evaluate(o, tensors.length === 1 ? tensors[0]! : list(tensors))
    const outputs = (value instanceof Tuple || value instanceof List ? value.items : [value]).map((v) => o.symbol(v))
    return { outputs, count: o.made }
  }
  const { outputs, count } = made(counting())
  const [y] = outputs
  if (outputs.length === 1 && inputs.length === 1 && y === inputs[0]) return new Identity({ name })
  const alone = outputs.length === 1 && count === 1 && y!.inputs.length === inputs.length && y!.inputs.every((t, i) => t === inputs[i])
  if (alone) return made(() => name).outputs[0]!.layer
  const one = <T>(list: readonly T[]) => (list.length === 1 ? list[0]! : list)
  return new Network({ name, inputs: one<SymbolicTensor>(inputs), outputs: one<SymbolicTensor>(outputs) })
}

/**
 * A layer that computes what a Lambda layer's function does.
 * @param shapes of what it is applied to
 * @throws FileError `unsupported` saying what is not known, with the function's instructions; `corrupt` for code that is none
 */
export function lambdaLayer(name: string, config: RawConfig, shapes: readonly SymbolicShape[]): Layer {
  let program: Program | undefined
  let reached: Instruction | undefined
  try {
    const given = givenIn(config)
    program = 'program' in given ? given.program : undefined
    return layerOf(name, shapes, (o, input) => result(given, config, input, o, (i) => (reached = i)))
  } catch (error) {
    if (!(error instanceof ThawError || error instanceof Refusal)) throw error
    const code = error instanceof FileError && error.code === 'corrupt' ? 'corrupt' : 'unsupported'
    const hint = `put a layer in its place: replaceLayers: { ${JSON.stringify(name)}: layer }, or --replace ${name}=rescaling:SCALE,OFFSET`
    const lines = program ? `\nPython ${program.python.version}:\n${disassembly(program, reached)}` : ''
    const rule = `the function of a Lambda must be arithmetic that is known (${hint})`
    throw new FileError(code, `[${name} (Lambda)] ${rule}, got: ${error.message}${lines}`, {}, { cause: error })
  }
}

/** A value of Python as one of JavaScript; what JavaScript has not is shown as text. */
function plain(value: PyValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Tuple || value instanceof List || value instanceof PySet) return value.items.map(plain)
  return value instanceof Complex || value instanceof Singleton || value instanceof Dict || isCode(value) ? undefined : value
}

const isCode = (value: PyValue): value is Code => typeof value === 'object' && value !== null && 'consts' in value

/**
 * The numbers and texts in a Lambda layer's function, in their order: of `x / 127.5 - 1.` null (the text that describes it, or None), 127.5 and 1.
 * Empty where its code cannot be read.
 */
export function lambdaConstants(config: RawConfig): readonly unknown[] {
  try {
    const given = givenIn(config)
    return 'program' in given ? given.program.code.consts.map(plain) : []
  } catch (error) {
    if (error instanceof ThawError || error instanceof Refusal) return []
    throw error
  }
}
