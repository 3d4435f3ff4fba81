/** Code that real Pythons marshalled, against what their own `dis` says of it. */
import { describe, expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { disassembly, programOf } from '../../../src/loaders/python/instructions.ts'
import { readCode } from '../../../src/loaders/python/marshal.ts'
import { reprOf } from '../../../src/loaders/python/values.ts'
import { bytesOfBase64, compiled } from './files.ts'

/** Whose instructions are the same, for most functions. */
const TWINS: Readonly<Record<string, readonly string[]>> = {
  '3.6': ['3.7'],
  '3.8': ['3.8', '3.9'],
  '3.11': ['3.11', '3.12'],
}

const programIn = (code: string) => programOf(readCode(bytesOfBase64(code)))

describe.each(compiled)('Python $python', ({ python, functions }) => {
  test.each(Object.keys(functions))('%s has the instructions that dis lists', (name) => {
    const { code, instructions } = functions[name]!
    const program = programIn(code)
    // What 3.11 calls a forward jump, 3.12 calls a jump.
    const plain = (op: string) => op.replace('JUMP_FORWARD_IF', 'JUMP_IF')
    expect(program.instructions.map((i) => [i.offset, plain(i.name), i.arg])).toEqual(
      instructions.map(([at, op, arg]) => [at, plain(op), arg ?? 0]),
    )
    expect(TWINS[python] ?? [python]).toContain(program.python.version)
  })

  test('constants are read as they are', () => {
    const { consts } = programIn(functions['constants']!.code).code
    const shown = consts.map(reprOf)
    expect(shown).toContain('12345678901234567890123456789')
    for (const one of ['2147483648', '1e+300', '(0.0+1.0j)']) expect(shown).toContain(one)
  })
})

test('a function is listed as dis does, with a line marked', () => {
  const program = programIn(compiled.find((c) => c.python === '3.7')!.functions['mean']!.code)
  expect(disassembly(program, program.instructions[1])).toBe(
    [
      '    0 LOAD_GLOBAL 0 (K)',
      '--> 2 LOAD_ATTR 1 (mean)',
      '    4 LOAD_FAST 0 (x)',
      '    6 LOAD_CONST 1 (1)',
      '    8 LOAD_CONST 2 (2)',
      '    10 BUILD_LIST 2',
      '    12 LOAD_CONST 3 (True)',
      "    14 LOAD_CONST 4 (('axis', 'keepdims'))",
      '    16 CALL_FUNCTION_KW 3',
      '    18 RETURN_VALUE',
    ].join('\n'),
  )
})

test.each(compiled.filter(({ python }) => python !== '3.13'))(
  'Python $python: a backslash that Keras on Windows made a slash',
  ({ functions }) => {
    const { code } = functions['pair']!
    const saved = bytesOfBase64(code).map((b) => (b === 92 ? 47 : b))
    expect(saved).not.toEqual(bytesOfBase64(code))
    expect(programOf(readCode(saved)).instructions).toEqual(programIn(code).instructions)
  },
)

test('code of no Python that is known is refused', () => {
  const bytes = bytesOfBase64(compiled.find((c) => c.python === '3.13')!.functions['scaled']!.code)
  const at = bytes.findIndex((b, i) => b === 149 && bytes[i + 1] === 0 && bytes[i + 2] === 85)
  bytes[at + 2] = 200
  expect(() => programOf(readCode(bytes))).toThrow(FileError)
  expect(() => programOf(readCode(bytes))).toThrow(
    'must be of Python 2.7 or 3.3 to 3.13, got code in which number 200 at 2 is no instruction',
  )
})
