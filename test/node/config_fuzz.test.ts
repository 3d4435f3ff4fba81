/**
 * Configs with anything in them: every small config of real Keras, with values put elsewhere, replaced, left out and doubled. Each gives a model
 * or one of our errors within a second. A failure names its case: THAW_FUZZ_SEED=<seed> THAW_FUZZ_CASES=1 runs it alone.
 */
import { expect, test } from 'vitest'
import { ThawError } from '../../src/errors.ts'
import { writerOf } from '../../src/models/dialect.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import dialects from '../golden/models/dialects.json' with { type: 'json' }
import layerCases from '../golden/models/layers.json' with { type: 'json' }
import '../support/all_classes.ts'
import { processorTime } from '../support/processor.ts'
import { lcg } from '../support/values.ts'

const SEED = Number(process.env['THAW_FUZZ_SEED'] ?? 1)
const CASES = Number(process.env['THAW_FUZZ_CASES'] ?? 1500)
/** Milliseconds of the processor. */
const SLOW = 1000

type Random = () => number

const texts = [
  ...dialects.flatMap(({ configs }) => Object.values(configs).map(({ config }) => JSON.stringify(config))),
  ...(layerCases as readonly { config: unknown }[]).map(({ config }) => JSON.stringify(config)),
].filter((text) => text.length < 30_000)

/** Names that every object has, numbers at borders, and things of another kind than is wanted. */
const ODD: readonly unknown[] = [
  ...[
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '',
    'a/b',
    '\u0000',
    'same',
    'valid',
    'conv1',
    'Sequential',
    'Lambda',
  ],
  ...[0, 1, -1, 2, 3, 0.5, -0.5, 1e9, 2 ** 31, 2 ** 53, 1e308],
  ...[
    null,
    true,
    false,
    [],
    {},
    [[]],
    [null],
    [0],
    [1, 2],
    [-1, -1],
    [1e9, 1e9],
    [null, null, null, 3],
    ['image', 0, 0],
    [['image', 0, 0, {}]],
  ],
  ...[{ class_name: 'constructor', config: {} }, { class_name: '__proto__' }, { class_name: 'ReLU', config: null }, { value: 'x' }],
]

const pick = <T>(list: readonly T[], next: Random): T => list[Math.floor(next() * list.length)]!

/** A container in the config, and a key of it. */
function place(root: object, next: Random): { holder: Record<string, unknown>; key: string } | undefined {
  const found: { holder: Record<string, unknown>; key: string }[] = []
  const open: object[] = [root]
  for (const holder of open) {
    for (const [key, value] of Object.entries(holder)) {
      found.push({ holder: holder as Record<string, unknown>, key })
      if (typeof value === 'object' && value !== null) open.push(value as object)
    }
  }
  return found.length ? pick(found, next) : undefined
}

/** One change. */
function broken(config: object, next: Random): void {
  const at = place(config, next)
  const other = place(config, next)
  if (!at || !other) return
  const { holder, key } = at
  const way = next()
  const put = (name: string, value: unknown) =>
    Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true })
  if (way < 0.45) put(key, structuredClone(pick(ODD, next)))
  else if (way < 0.65) put(key, structuredClone(other.holder[other.key]))
  else if (way < 0.75 && !Array.isArray(holder)) delete holder[key]
  else if (way < 0.85 && !Array.isArray(holder)) put(String(pick(ODD.slice(0, 13), next)), structuredClone(other.holder[other.key]))
  else if (Array.isArray(holder)) holder.splice(Number(key), next() < 0.5 ? 1 : 0, structuredClone(other.holder[other.key]))
  else put(other.key, structuredClone(pick(ODD, next)))
}

/** Builds it, and says what it cost. @returns what was thrown */
function outcome(config: unknown): { error: unknown; took: number } {
  const started = processorTime()
  let error: unknown
  try {
    const { keras, version } = writerOf(config, [], 'fuzz')
    modelFromConfig(config, keras, {}, { version })
  } catch (e) {
    error = e
  }
  return { error, took: processorTime() - started }
}

test('configs as they are', () => {
  const errors = texts.map((text) => outcome(JSON.parse(text) as unknown).error).filter((e) => e !== undefined)
  expect(errors.every((e) => e instanceof ThawError)).toBe(true)
  expect(errors.length / texts.length).toBeLessThan(0.1)
})

test(`${CASES} broken configs from seed ${SEED}`, { timeout: 3_600_000 }, () => {
  for (let seed = SEED; seed < SEED + CASES; seed++) {
    const next = lcg(seed)
    for (let i = 0; i < 4; i++) next()
    const text = pick(texts, next)
    const config = JSON.parse(text) as object
    for (let n = 1 + Math.floor(next() * 3); n > 0; n--) broken(config, next)
    const { error, took } = outcome(config)
    const what = `THAW_FUZZ_SEED=${seed}`
    if (error !== undefined && !(error instanceof ThawError)) throw new Error(`${what}: ${(error as Error).stack}`)
    if (took > SLOW) throw new Error(`${what}: took ${took} ms`)
  }
})
