/**
 * Operations of hostile configs: what real Keras wrote, with arguments, connections, names and constants put in place of each other. Each model is
 * made, and its graph appended, or one of our errors is thrown, in less than a second.
 *
 * A failure names its case: THAW_FUZZ_SEED=<seed> THAW_FUZZ_CASES=1 runs it alone. THAW_FUZZ_CASES=100000 is a long campaign.
 */
import { expect, test } from 'vitest'
import { ThawError } from '../../src/errors.ts'
import { Graph } from '../../src/graph/graph.ts'
import { knownOperations } from '../../src/layers/operations/table.ts'
import { knownFunctions } from '../../src/layers/operations/tensorflow.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import golden from '../golden/models/operations.json' with { type: 'json' }
import '../support/all_classes.ts'
import { processorTime } from '../support/processor.ts'
import { lcg } from '../support/values.ts'

const SEED = Number(process.env['THAW_FUZZ_SEED'] ?? 1)
const CASES = Number(process.env['THAW_FUZZ_CASES'] ?? 3000)
/** Milliseconds of the processor. */
const SLOW = 1000

const cases = Object.entries(golden as Record<string, readonly { name: string; config: unknown }[]>).flatMap(([version, list]) =>
  list.map(({ config }) => ({ text: JSON.stringify(config), keras: version.startsWith('keras 3') ? 3 : 2 }) as const),
)

type Random = () => number
type Place = { readonly parent: Record<string | number, unknown>; readonly key: string | number }

/** Every value of the layers, by where it lies. */
function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found
  for (const key of Object.keys(value)) {
    found.push({ parent: value as Place['parent'], key })
    places((value as Place['parent'])[key], found)
  }
  return found
}

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!

const STRANGE: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 2, 3, 0.5, -0, 1e9, -1e9, 1e300, 2 ** 31, 2 ** 53, '', 'x', 'constructor', '__proto__', 'float32'],
  ...[
    [],
    {},
    [[]],
    [null],
    [0],
    [-1],
    [1, 2],
    [3, 2, 1, 0],
    [0, 3, 1, 2],
    [[0, 0]],
    [
      [0, 0],
      [1, 1],
      [1e9, 0],
      [0, 0],
    ],
    Array(3000).fill(1),
  ],
  ...['x', '_CONSTANT_VALUE', 'dense'].map((layer) => [layer, 0, 0]),
  ...[
    ['_CONSTANT_VALUE', -1, 2, {}],
    { class_name: '__ellipsis__' },
    { class_name: '__slice__', config: { start: 5, stop: -9, step: -2 } },
  ],
  ...[{ class_name: '__slice__', config: { start: 'a', stop: null, step: 0 } }, { start: null, stop: null, step: null }, { tensor: 0 }],
  ...[
    { class_name: '__numpy__', config: { value: [[1], [2, 3]], dtype: 'float32' } },
    { class_name: '__tensor__', config: null },
  ],
  ...[{ class_name: '__keras_tensor__', config: { keras_history: ['x', 0, 0] } }, { kind: 'input', shape: [1] }, { ellipsis: true }],
]

/** A config with one to four values put in place of others. */
function mutated(random: Random): { config: unknown; keras: 2 | 3 } {
  const { text, keras } = pick(random, cases)
  const config = JSON.parse(text) as { config: { layers: unknown[] } }
  const other = JSON.parse(pick(random, cases).text) as typeof config
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
    const { parent, key } = pick(random, places(config.config.layers))
    const what = random()
    if (what < 0.5) parent[key] = structuredClone(pick(random, STRANGE))
    else if (what < 0.6 && Array.isArray(parent)) parent.splice(Number(key), 1)
    else if (what < 0.6) delete parent[key]
    else if (what < 0.8) parent[key] = pick(random, [...knownOperations, ...knownFunctions])
    else {
      const from = pick(random, places(what < 0.9 ? other.config.layers : config.config.layers))
      parent[key] = structuredClone(from.parent[from.key])
    }
  }
  return { config, keras: random() < 0.9 ? keras : keras === 3 ? 2 : 3 }
}

test(`${CASES} hostile configs from seed ${SEED}`, { timeout: CASES * 100 + 60_000 }, () => {
  let made = 0
  for (let seed = SEED; seed < SEED + CASES; seed++) {
    const { config, keras } = mutated(lcg(seed))
    const begin = processorTime()
    try {
      const model = modelFromConfig(config, keras)
      const graph = new Graph()
      const inputs = model.inputs.map(({ shape }, i) => graph.input(`x${i}`, [2, ...(shape.slice(1) as number[])]))
      model.emitAll({ graph, training: false, augment: false, seed: () => graph.input('seed', [2], 'u32') }, inputs)
      made++
    } catch (error) {
      if (!(error instanceof ThawError)) throw new Error(`THAW_FUZZ_SEED=${seed}: ${(error as Error).stack}`, { cause: error })
    }
    const time = processorTime() - begin
    if (time > SLOW) throw new Error(`THAW_FUZZ_SEED=${seed}: ${time} ms`)
  }
  // Nothing would be found by cases that are all refused, or none.
  expect(made).toBeGreaterThan(CASES / 20)
  expect(made).toBeLessThan(CASES)
})
