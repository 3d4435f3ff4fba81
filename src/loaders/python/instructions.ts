/** Decodes the instructions of a function, and finds which Python they are of. */
import { FileError } from '../../errors.ts'
import { pythons, type Python } from './opcodes.ts'
import { reprOf, type Code, type PyValue } from './values.ts'

/** One instruction with its argument, prefixes (EXTENDED_ARG) and caches taken in. */
export interface Instruction {
  /** The byte that it begins at. */
  readonly offset: number
  /** The byte behind it and its caches. */
  readonly next: number
  /** Python's name of it. */
  readonly name: string
  /** 0 where it has none. */
  readonly arg: number
  /** The byte that a jump leads to. */
  readonly target?: number
}

/** A function's instructions, in the Python that they are of. */
export interface Program {
  readonly code: Code
  readonly python: Python
  readonly instructions: readonly Instruction[]
}

/** Instructions of one function; a Lambda has tens. */
const INSTRUCTION_LIMIT = 20_000

/** Instructions that a message lists. */
const LISTED = 40

const COMPARISONS = ['<', '<=', '==', '!=', '>', '>=', 'in', 'not in', 'is', 'is not', 'exception match']

export const OPERATORS = ['+', '&', '//', '<<', '@', '*', '%', '|', '**', '>>', '-', '/', '^'] as const

/** `<`, of COMPARE_OP; undefined where there is none. */
export function comparison({ version }: Python, arg: number): string | undefined {
  return COMPARISONS[version === '3.12' ? arg >> 4 : version === '3.13' ? arg >> 5 : arg]
}

/** `+` of BINARY_OP, in place or not. */
export function operator(arg: number): (typeof OPERATORS)[number] | undefined {
  return OPERATORS[arg >= OPERATORS.length ? arg - OPERATORS.length : arg]
}

const JUMP = /JUMP|FOR_ITER|SETUP_(LOOP|EXCEPT|FINALLY|WITH|ASYNC)|CONTINUE_LOOP|CALL_FINALLY|^SEND$/
/** Those that count from where they are. */
const RELATIVE = /^(JUMP_FORWARD|FOR_ITER|SETUP_\w+|CALL_FINALLY|SEND|JUMP_BACKWARD\w*)$|JUMP_(FORWARD|BACKWARD)_/

function targetOf({ names, layout, jumpUnit }: Python, op: number, arg: number, next: number): number | undefined {
  const name = names[op]!
  if (!JUMP.test(name)) return undefined
  const relative = layout === '3.11' || RELATIVE.test(name)
  const bytes = arg * jumpUnit
  return !relative ? bytes : name.includes('BACKWARD') ? next - bytes : next + bytes
}

/** The free variables' and cells' numbers: from 3.11 on among the local ones. */
function cellName({ layout, locals, cells, free }: Code, arg: number): string | undefined {
  return layout === '3.11' ? locals[arg] : [...cells, ...free][arg]
}

/** What an argument stands for; null where it is but a number, undefined where there is no such thing. */
function meaning(python: Python, code: Code, name: string, arg: number): string | null | undefined {
  const { version } = python
  const local = (i: number) => code.locals[i]
  if (/^(LOAD_CONST|RETURN_CONST|KW_NAMES)$/.test(name)) return arg < code.consts.length ? reprOf(code.consts[arg] as PyValue) : undefined
  if (/FAST.*FAST/.test(name) && name !== 'LOAD_FAST_AND_CLEAR') {
    const [first, second] = [local(arg >> 4), local(arg & 15)]
    return first === undefined || second === undefined ? undefined : `${first}, ${second}`
  }
  if (/_FAST/.test(name)) return local(arg)
  if (/_DEREF|LOAD_CLOSURE|LOAD_CLASSDEREF|MAKE_CELL/.test(name)) return cellName(code, arg)
  if (name === 'LOAD_GLOBAL' && code.layout === '3.11') return code.names[arg >> 1]
  if (name === 'LOAD_ATTR' && (version === '3.12' || version === '3.13')) return code.names[arg >> 1]
  if (name === 'LOAD_SUPER_ATTR') return code.names[arg >> 2]
  if (/_(NAME|GLOBAL|ATTR)$|LOAD_METHOD|IMPORT_FROM|STORE_ANNOTATION|DICT_OR_GLOBALS/.test(name)) return code.names[arg]
  if (name === 'COMPARE_OP') return comparison(python, arg)
  if (name === 'BINARY_OP') return operator(arg) && `${operator(arg)}${arg >= OPERATORS.length ? '=' : ''}`
  return null
}

/** Keras on Windows writes a slash for every byte of code that is a backslash: 47, which is no instruction before Python 3.13, was 92, UNPACK_SEQUENCE. */
const [SLASH, BACKSLASH] = [47, 92] as const

/** What does not fit, where a function is not of this Python. */
class Misfit extends Error {}

/** @throws Misfit */
function decode(python: Python, code: Code): Program {
  const { names, words, caches } = python
  const bytes = code.code
  const instructions: Instruction[] = []
  let begin = 0
  let extended = 0
  for (let at = 0; at < bytes.length;) {
    const op = bytes[at] === SLASH && !names[SLASH] ? BACKSLASH : bytes[at]!
    const name = names[op]!
    const long = words || op >= 90
    const end = at + (words ? 2 : long ? 3 : 1)
    if (!name || name === 'CACHE') throw new Misfit(`number ${op} at ${at} is no instruction`)
    if (end > bytes.length) throw new Misfit(`${name} at ${at} has no argument`)
    const own = words ? bytes[at + 1]! : long ? bytes[at + 1]! | (bytes[at + 2]! << 8) : 0
    const arg = extended * (words ? 256 : 65536) + own
    if (arg > 0x7fffffff) throw new Misfit(`the argument of ${name} at ${at} is ${arg}`)
    at = end
    if (name === 'EXTENDED_ARG') {
      extended = arg
      continue
    }
    extended = 0
    const next = at + 2 * (caches[name] ?? 0)
    if (bytes.subarray(at, next).some((b) => b) || next > bytes.length)
      throw new Misfit(`${name} at ${begin} has caches that are not empty`)
    const takes = python.version !== '3.13' ? op >= 90 : op >= 45
    if (takes && meaning(python, code, name, arg) === undefined) throw new Misfit(`${name} ${arg} at ${begin} names nothing`)
    const target = targetOf(python, op, arg, next)
    instructions.push({ offset: begin, next, name, arg: takes ? arg : 0, ...(target !== undefined && { target }) })
    if (instructions.length > INSTRUCTION_LIMIT) throw new Misfit(`there are more than ${INSTRUCTION_LIMIT} instructions`)
    begin = at = next
  }
  const places = new Set(instructions.map((i) => i.offset))
  const astray = instructions.find((i) => i.target !== undefined && !places.has(i.target))
  if (astray) throw new Misfit(`${astray.name} at ${astray.offset} leads to ${astray.target}`)
  if (extended || !/^(RETURN_|RAISE|RERAISE|JUMP)/.test(instructions.at(-1)?.name ?? '')) throw new Misfit('its end is no return')
  return { code, python, instructions }
}

/** From 3.10 on the table of lines tells the length of every piece of code, before only where lines begin. */
function fitsLines({ version, layout }: Python, { lines, code }: Code): boolean {
  if (layout !== '3.8') return true
  const covered = lines.reduce((sum, byte, i) => sum + (i % 2 ? 0 : byte), 0)
  return (version === '3.10') === (covered === code.length)
}

/** One line for each instruction, as Python's `dis` has them; a line is marked. */
export function disassembly(program: Program, marked?: Instruction): string {
  const { instructions, python, code } = program
  const at = marked ? instructions.indexOf(marked) : 0
  const first = Math.max(0, Math.min(at - LISTED / 2, instructions.length - LISTED))
  const shown = instructions.slice(first, first + LISTED)
  const lines = shown.map((i) => `${i === marked ? '-->' : '   '} ${instructionText(python, code, i)}`)
  if (first > 0) lines.unshift(`    ${first} before`)
  const behind = instructions.length - first - shown.length
  return [...lines, ...(behind > 0 ? [`    ${behind} more`] : [])].join('\n')
}

function instructionText(python: Python, code: Code, { offset, name, arg, target }: Instruction): string {
  const means = target !== undefined ? `to ${target}` : meaning(python, code, name, arg)
  const plain = means === null || means === undefined
  return `${offset} ${name}${arg || !plain ? ` ${arg}` : ''}${plain ? '' : ` (${means})`}`
}

/** What a function does, told apart from what another Python would call it. */
const fingerprint = ({ instructions }: Program): string =>
  JSON.stringify(instructions.map((i) => [i.offset, i.name.replace('JUMP_FORWARD_IF', 'JUMP_IF'), i.arg, i.target]))

/**
 * Reads the instructions of a function as those of the Python that they fit; where several do, they must say the same.
 * @throws FileError `unsupported` where none fits, saying why the nearest does not; or several that say different things
 */
export function programOf(code: Code): Program {
  const found: Program[] = []
  let misfit = 'its instructions are of no Python that is known'
  for (const python of pythons.filter((p) => p.layout === code.layout && fitsLines(p, code))) {
    try {
      found.push(decode(python, code))
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      misfit = error.message
    }
  }
  const refuse = (got: string) =>
    new FileError('unsupported', `[${code.name}] the code of a Lambda must be of Python 2.7 or 3.3 to 3.13, got code in which ${got}`)
  if (!found.length) throw refuse(misfit)
  const kinds = new Set(found.map(fingerprint))
  if (kinds.size > 1) throw refuse(`${found.map((f) => f.python.version).join(' and ')} read different things`)
  return found.at(-1)!
}
