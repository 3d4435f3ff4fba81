/** What each instruction does to the stack and the variables, by its name; where Pythons differ, by their version. */
import { binary, compare, itemOf, joined, Refusal, unary, type Operator } from './arithmetic.ts'
import { comparison, operator } from './instructions.ts'
import { Method, Name, python, shown, Tensor, type Machine, type Rule, type Value } from './machine.ts'
import { List, PySet, Slice, Tuple, type PyValue } from './values.ts'

const isList = (value: Value): value is Tuple | List => value instanceof Tuple || value instanceof List

/** Items on the stack one behind the other as a list; tensors may be among them. */
const itemsOf = (values: readonly Value[]) => values as readonly PyValue[]

function apply(m: Machine, op: Operator): void {
  const [a, b] = m.popMany(2) as [Value, Value]
  const tensors = a instanceof Tensor || b instanceof Tensor
  m.push(tensors ? m.operations.binary(op, a, b) : binary(op, python(a), python(b)))
}

function unaryOf(m: Machine, op: '-' | '+' | '~'): void {
  const x = m.pop()
  m.push(x instanceof Tensor ? m.operations.unary(op, x) : unary(op, python(x)))
}

function subscript(m: Machine, x: Value, key: Value): void {
  m.push(x instanceof Tensor ? m.operations.item(x, key) : itemOf(python(x), python(key)))
}

/** `x[begin:end]` of Python 2: bit 1 of the number for a begin, bit 2 for an end. */
const slice2 =
  (bits: number): Rule =>
  (m) => {
    const end = bits & 2 ? python(m.pop()) : null
    const begin = bits & 1 ? python(m.pop()) : null
    subscript(m, m.pop(), new Slice(begin, end))
  }

function attribute(m: Machine, name: string): Value {
  const of = m.pop()
  if (of instanceof Name) return new Name(`${of.path}.${name}`)
  return m.operations.attribute(of, name)
}

function unpack(m: Machine, count: number): void {
  const value = m.pop()
  if (!isList(value) || value.items.length !== count)
    throw new Refusal(`what is unpacked must be a list of ${count}, not ${isList(value) ? value.items.length : shown(value)}`)
  m.push(...[...value.items].reverse())
}

function names(value: Value): readonly string[] {
  if (value instanceof Tuple && value.items.every((item) => typeof item === 'string')) return value.items
  throw new Refusal('keywords must be names')
}

/** Until Python 3.5 names and values of keywords are on the stack in turns, and how many there are in the higher byte. */
function oldCall(m: Machine, arg: number): void {
  const pairs = m.popMany(2 * (arg >> 8))
  const [keys, values] = [0, 1].map((odd) => pairs.filter((_, i) => i % 2 === odd)) as [Value[], Value[]]
  const args = m.popMany(arg & 255)
  m.call(m.pop(), [...args, ...values], names(new Tuple(itemsOf(keys))))
}

/** A module's attribute of the name that is imported, or its first part: `import a.b` gives a. */
function imported(m: Machine, path: string): void {
  const [level, from] = m.popMany(2) as [Value, Value]
  if (level !== 0n && level !== -1n) throw new Refusal('an import must be of a module by its whole name')
  m.push(new Name(from instanceof Tuple && from.items.length ? path : path.split('.')[0]!))
}

const jumpIf =
  (when: boolean, keep = false): Rule =>
  (m, { target }) => {
    const jumps = m.truth(m.peek(1)) === when
    if (!keep || !jumps) m.pop()
    return jumps ? target : undefined
  }

const jumpIfNone =
  (when: boolean): Rule =>
  (m, { target }) =>
    (m.pop() === null) === when ? target : undefined

const returned: Rule = (m) => {
  m.result = m.pop()
}

const nothing: Rule = () => undefined

/** The top goes down by some places. */
const rotate = (m: Machine, count: number): void => {
  const top = m.pop()
  const others = m.popMany(count - 1)
  m.push(top, ...others)
}

const duplicate = (m: Machine, count: number): void => {
  const values = m.popMany(count)
  m.push(...values, ...values)
}

function isOrIn(m: Machine, how: string, turned: boolean): void {
  const [a, b] = m.popMany(2) as [Value, Value]
  const named = [a, b].some((v) => v instanceof Tensor || v instanceof Name || v instanceof Method)
  if (named && /^is/.test(how) && [a, b].some((v) => v === null)) m.push((how === 'is not') !== turned)
  else m.push(compare(how, python(a), python(b)) !== turned)
}

const BINARY: Readonly<Record<string, Operator>> = {
  ADD: '+',
  SUBTRACT: '-',
  MULTIPLY: '*',
  TRUE_DIVIDE: '/',
  FLOOR_DIVIDE: '//',
  MODULO: '%',
  POWER: '**',
  AND: '&',
  OR: '|',
  XOR: '^',
  LSHIFT: '<<',
  RSHIFT: '>>',
  MATRIX_MULTIPLY: '@',
}

/** Python 2 divides whole numbers without a rest. Numbers from a file's JSON may have been floats. */
const divide2: Rule = (m) => {
  const [a, b] = [m.peek(2), m.peek(1)]
  const whole = typeof a === 'bigint' && typeof b === 'bigint'
  if (whole && m.unsure && b !== 0n && a % b) throw new Refusal('whole numbers and floats must be told apart, which JSON does not do')
  apply(m, whole ? '//' : '/')
}

const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    Object.entries(BINARY).flatMap(([name, op]) => ['BINARY', 'INPLACE'].map((kind) => [`${kind}_${name}`, (m: Machine) => apply(m, op)])),
  ),
  BINARY_DIVIDE: divide2,
  INPLACE_DIVIDE: divide2,
  BINARY_OP: (m, { arg }) => apply(m, operator(arg)!),
  BINARY_SUBSCR(m) {
    const [x, key] = m.popMany(2) as [Value, Value]
    subscript(m, x, key)
  },
  BINARY_SLICE(m) {
    const [x, begin, end] = m.popMany(3) as [Value, Value, Value]
    subscript(m, x, new Slice(python(begin), python(end)))
  },
  ...Object.fromEntries([0, 1, 2, 3].map((bits) => [`SLICE+${bits}`, slice2(bits)])),
  UNARY_NEGATIVE: (m) => unaryOf(m, '-'),
  UNARY_POSITIVE: (m) => unaryOf(m, '+'),
  UNARY_INVERT: (m) => unaryOf(m, '~'),
  UNARY_NOT: (m) => m.push(!m.truth(m.pop())),
  TO_BOOL: (m) => m.push(m.truth(m.pop())),
  CALL_INTRINSIC_1(m, { arg }) {
    if (arg === 5) unaryOf(m, '+')
    else if (arg === 6) m.push(new Tuple(listOnTop(m).items))
    else throw new Refusal('such a call is not arithmetic')
  },

  COMPARE_OP(m, { arg }) {
    const how = comparison(m.program.python, arg)!
    if (how.startsWith('is')) return isOrIn(m, how, false)
    const [a, b] = m.popMany(2) as [Value, Value]
    m.push(compare(how, python(a), python(b)))
  },
  IS_OP: (m, { arg }) => isOrIn(m, 'is', arg === 1),
  CONTAINS_OP: (m, { arg }) => isOrIn(m, 'in', arg === 1),

  LOAD_CONST: (m, { arg }) => m.push(m.constant(arg)),
  LOAD_FAST: (m, { arg }) => m.push(m.load(arg)),
  LOAD_FAST_CHECK: (m, { arg }) => m.push(m.load(arg)),
  LOAD_FAST_LOAD_FAST: (m, { arg }) => m.push(m.load(arg >> 4), m.load(arg & 15)),
  STORE_FAST: (m, { arg }) => m.store(arg, m.pop()),
  STORE_FAST_LOAD_FAST(m, { arg }) {
    m.store(arg >> 4, m.pop())
    m.push(m.load(arg & 15))
  },
  STORE_FAST_STORE_FAST(m, { arg }) {
    m.store(arg >> 4, m.pop())
    m.store(arg & 15, m.pop())
  },
  LOAD_DEREF: (m, { arg }) => m.push(m.loadFree(arg)),
  LOAD_GLOBAL(m, { arg }) {
    if (m.program.code.layout !== '3.11') return m.push(m.global(m.name(arg)))
    const value = m.global(m.name(arg >> 1))
    if (arg & 1) m.pushCallable(value)
    else m.push(value)
  },
  LOAD_ATTR(m, { arg }) {
    const lowBit = m.version === '3.12' || m.version === '3.13'
    const value = attribute(m, m.name(lowBit ? arg >> 1 : arg))
    if (lowBit && arg & 1) m.pushCallable(value)
    else m.push(value)
  },
  LOAD_METHOD: (m, { arg }) => m.pushCallable(attribute(m, m.name(arg))),
  IMPORT_NAME: (m, { arg }) => imported(m, m.name(arg)),
  IMPORT_FROM(m, { arg }) {
    const module = m.peek(1)
    if (!(module instanceof Name)) throw new Refusal('what is imported from must be a module')
    m.push(new Name(`${module.path}.${m.name(arg)}`))
  },

  BUILD_TUPLE: (m, { arg }) => m.push(new Tuple(itemsOf(m.popMany(arg)))),
  BUILD_LIST: (m, { arg }) => m.push(new List(itemsOf(m.popMany(arg)))),
  BUILD_SET: (m, { arg }) => m.push(new PySet(m.popMany(arg).map(python))),
  BUILD_SLICE(m, { arg }) {
    const [begin, end, step] = m.popMany(arg).map(python)
    m.push(new Slice(begin!, end!, step))
  },
  LIST_EXTEND(m, { arg }) {
    if (arg !== 1) throw new Refusal('a list must be extended at the end')
    const more = m.pop()
    const list = listOnTop(m)
    if (!isList(more)) throw new Refusal('a list must be extended by a list')
    m.push(new List(joined(list, more)))
  },
  LIST_TO_TUPLE: (m) => m.push(new Tuple(listOnTop(m).items)),
  UNPACK_SEQUENCE: (m, { arg }) => unpack(m, arg),

  CALL_FUNCTION(m, { arg }) {
    if (!m.program.python.words) return oldCall(m, arg)
    const args = m.popMany(arg)
    m.call(m.pop(), args, [])
  },
  CALL_FUNCTION_KW(m, { arg }) {
    if (!m.program.python.words) throw new Refusal('a call must have its keywords one by one')
    const keywords = names(m.pop())
    const args = m.popMany(arg)
    m.call(m.pop(), args, keywords)
  },
  CALL_METHOD(m, { arg }) {
    const args = m.popMany(arg)
    m.call(m.popCallable(), args, [])
  },
  KW_NAMES(m, { arg }) {
    m.keywords = names(m.constant(arg))
  },
  CALL(m, { arg }) {
    const args = m.popMany(arg)
    m.call(m.popCallable(), args, m.keywords)
    m.keywords = []
  },
  CALL_KW(m, { arg }) {
    const keywords = names(m.pop())
    const args = m.popMany(arg)
    m.call(m.popCallable(), args, keywords)
  },

  POP_TOP: (m) => void m.pop(),
  DUP_TOP: (m) => duplicate(m, 1),
  DUP_TOP_TWO: (m) => duplicate(m, 2),
  DUP_TOPX: (m, { arg }) => duplicate(m, arg),
  ROT_TWO: (m) => rotate(m, 2),
  ROT_THREE: (m) => rotate(m, 3),
  ROT_FOUR: (m) => rotate(m, 4),
  ROT_N: (m, { arg }) => rotate(m, arg),
  COPY: (m, { arg }) => m.push(m.peek(arg)),
  SWAP(m, { arg }) {
    const values = m.popMany(arg)
    m.push(values.at(-1)!, ...values.slice(1, -1), values[0]!)
  },
  PUSH_NULL: (m) => m.pushNull(),

  POP_JUMP_IF_FALSE: jumpIf(false),
  POP_JUMP_IF_TRUE: jumpIf(true),
  POP_JUMP_FORWARD_IF_FALSE: jumpIf(false),
  POP_JUMP_FORWARD_IF_TRUE: jumpIf(true),
  JUMP_IF_FALSE_OR_POP: jumpIf(false, true),
  JUMP_IF_TRUE_OR_POP: jumpIf(true, true),
  POP_JUMP_IF_NONE: jumpIfNone(true),
  POP_JUMP_IF_NOT_NONE: jumpIfNone(false),
  POP_JUMP_FORWARD_IF_NONE: jumpIfNone(true),
  POP_JUMP_FORWARD_IF_NOT_NONE: jumpIfNone(false),
  JUMP_FORWARD: (_, { target }) => target,
  JUMP_ABSOLUTE: (_, { target }) => target,

  RETURN_VALUE: returned,
  RETURN_CONST: (m, { arg }) => void (m.result = m.constant(arg)),
  NOP: nothing,
  RESUME: nothing,
  PRECALL: nothing,
  COPY_FREE_VARS: nothing,
}

function listOnTop(m: Machine): List {
  const list = m.pop()
  if (list instanceof List) return list
  throw new Refusal('there must be a list on the stack')
}

export const rules: ReadonlyMap<string, Rule> = new Map(Object.entries(RULES))
