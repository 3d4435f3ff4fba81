/**
 * Broken and hostile code, made from what real Pythons wrote: bits and bytes changed, cut, pieces of other functions put in, counts
 * overwritten. It is read or refused by one of our errors, in less than a second. THAW_FUZZ_CASES=100000 is a long campaign;
 * THAW_FUZZ_SEED=<seed> of a failure and THAW_FUZZ_CASES=1 repeat it.
 */
import { expect, test } from 'vitest'
import { ThawError } from '../../../src/errors.ts'
import { disassembly, programOf } from '../../../src/loaders/python/instructions.ts'
import { lambdaLayer } from '../../../src/loaders/python/lambda.ts'
import { readCode } from '../../../src/loaders/python/marshal.ts'
import { lcg } from '../../support/values.ts'
import { bytesOfBase64, compiled } from './files.ts'

const SEED = Number(process.env['THAW_FUZZ_SEED'] ?? 1)
const CASES = Number(process.env['THAW_FUZZ_CASES'] ?? 3000)
/** Milliseconds of computing. */
const SLOW = 1000

type Bytes = Uint8Array<ArrayBuffer>

const whole = compiled.flatMap(({ functions }) => Object.values(functions).map(({ code }) => bytesOfBase64(code)))

/** One of the functions, changed in one to four places. */
function broken(seed: number): Bytes {
  const random = lcg(seed)
  const below = (n: number) => Math.floor(random() * n)
  const picked = () => whole[below(whole.length)]!
  const changes: readonly ((bytes: Bytes) => Bytes)[] = [
    (b) => b.with(below(b.length), below(256)),
    (b) => b.with(below(b.length), b[below(b.length)]! ^ (1 << below(8))),
    (b) => b.slice(0, 1 + below(b.length)),
    (b) => new Uint8Array([...b, ...Array.from({ length: below(9) }, () => below(256))]),
    (b) => {
      const other = picked()
      const [at, from, length] = [below(b.length), below(other.length), 1 + below(40)]
      return new Uint8Array([...b.slice(0, at), ...other.slice(from, from + length), ...b.slice(at + below(length))])
    },
    (b) => {
      const made = b.slice()
      const counts = [0x7fffffff, -1, 0x10000, below(1 << 20)]
      if (b.length >= 4) new DataView(made.buffer).setInt32(below(b.length - 3), counts[below(4)]!, true)
      return made
    },
  ]
  let bytes = picked().slice()
  for (let n = 1 + below(4); n > 0; n--) bytes = changes[below(changes.length)]!(bytes)
  return bytes
}

test(`${CASES} broken functions are read or refused by an error of ours`, () => {
  let read = 0
  for (let i = 0; i < CASES; i++) {
    const began = process.cpuUsage()
    try {
      const bytes = broken(SEED + i)
      makeLayer(bytes)
      const program = programOf(readCode(bytes))
      expect(disassembly(program).split('\n').length).toBeLessThan(50)
      read++
    } catch (error) {
      if (!(error instanceof ThawError)) throw new Error(`THAW_FUZZ_SEED=${SEED + i}`, { cause: error })
    }
    const { user, system } = process.cpuUsage(began) // of this process, whatever else the machine is busy with
    expect((user + system) / 1000, `milliseconds, THAW_FUZZ_SEED=${SEED + i}`).toBeLessThan(SLOW)
  }
  expect(read, 'some are sound').toBeGreaterThan(CASES / 50)
}, 3_600_000)

test('a tuple of itself many times over is shown in a few characters', () => {
  // ((((...) * 50) * 50) ...) by references: 50^40 items when written out.
  const tuples = Array.from({ length: 40 }, () => [0xa9, 50])
  const refs = (n: number) => Array.from({ length: 49 }, () => [0x72, n, 0, 0, 0]).flat()
  const nested = (depth: number): number[] => (depth === 39 ? [0xa9, 0] : [...tuples[depth]!, ...nested(depth + 1), ...refs(depth + 2)])
  const code = readCode(new Uint8Array(withConstant(nested(0))))
  const { instructions, python } = programOf(code)
  expect(python.version).toBe('3.7')
  expect(disassembly({ code, instructions, python }).length).toBeLessThan(2000)
})

/** The whole way, to layers; what is no layer is refused by an error of ours. */
function makeLayer(bytes: Bytes): void {
  const code = btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''))
  try {
    lambdaLayer('lambda_1', { function: [code, [2], [1.5, 7]] }, [[null, 4, 6, 5]])
  } catch (error) {
    if (!(error instanceof ThawError)) throw error
  }
}

/** lambda: CONSTANT, as Python 3.7 writes it. */
function withConstant(constant: readonly number[]): number[] {
  const int = (n: number) => [n, 0, 0, 0]
  const head = [0xe3, ...int(0), ...int(0), ...int(0), ...int(1), ...int(67)]
  const body = [0x73, ...int(4), 100, 0, 83, 0]
  const name = [0x7a, 1, 120]
  return [...head, ...body, 0x29, 1, ...constant, ...[0x29, 0, 0x29, 0, 0x29, 0, 0x29, 0], ...name, ...name, ...int(1), 0x73, ...int(0)]
}
