/**
 * Operations that were read from a config of any age, written for Keras 3, and computed there: what the Keras of that age computed. Needs Python
 * with Keras 3 (THAW_PYTHON, default python3), and is skipped where there is none.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modelFromConfig } from '../../../src/models/from_config.ts'
import golden from '../../golden/models/operations.json' with { type: 'json' }
import '../../support/all_classes.ts'
import { samples } from '../../support/golden.ts'

const python = process.env['THAW_PYTHON'] ?? 'python3'
const env = { ...process.env, KERAS_BACKEND: process.env['KERAS_BACKEND'] ?? 'jax' }
const there = spawnSync(python, ['-c', 'import keras; assert int(keras.__version__[0]) >= 3'], { env }).status === 0

interface Case {
  readonly name: string
  readonly config: unknown
  readonly outputs: readonly { readonly values: readonly number[] }[]
}

/** Keras 3 has neither TensorFlow 1's resizing nor names with a slash, which saving says. */
const unwritten = ({ name, config }: Case) => name.includes('TensorFlow 1') || /"name":"tf_op_layer_\w+\//.test(JSON.stringify(config))

/** Keras 3.15 on JAX cannot run pools whose sizes are lists, as they are in any JSON; on TensorFlow it can. */
const unrunnable = ({ config }: Case) =>
  env.KERAS_BACKEND === 'jax' && /(Max|Average|Avg)Pool\\*"|nn\.(max|avg)_pool/.test(JSON.stringify(config))

/** Keras 3 has -0 below 0 in argmax, and TensorFlow has not: what is saved of one's is the other's. */
const outputsOf = (c: Case) => {
  const own = golden['keras 3.15.1'].find(({ name }) => name === c.name && name.startsWith('places of zeros'))
  return own?.outputs ?? c.outputs
}

const written = Object.entries(golden as Record<string, readonly Case[]>).flatMap(([version, list]) =>
  list
    .filter((c) => !unwritten(c))
    .map((c) => ({ ...c, outputs: outputsOf(c), keras: version.startsWith('keras 3') ? 3 : 2, title: `${version}: ${c.name}` }) as const),
)
const cases = written.filter((c) => !unrunnable(c))

describe.skipIf(!there)('operations as Keras 3 computes them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-operations-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let answers: Readonly<Record<string, readonly (readonly number[])[]>>

  beforeAll(() => {
    const configs = Object.fromEntries(cases.map(({ title, config, keras }) => [title, modelFromConfig(config, keras).serialize()]))
    writeFileSync(join(folder, 'configs.json'), JSON.stringify(configs))
    const script = fileURLToPath(new URL('../../golden/roundtrip_operations.py', import.meta.url))
    const { status, stdout, stderr } = spawnSync(python, [script, join(folder, 'configs.json')], {
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
    answers = JSON.parse(stdout.trim().split('\n').at(-1)!) as typeof answers
  }, 600_000)

  test.skip.each(written.filter(unrunnable))('$title (on this backend)', () => undefined)

  test.each(cases)('$title', ({ title, outputs }) => {
    outputs.forEach(({ values }, i) => {
      const theirs = samples(answers[title]![i]!, values.length)
      const far = theirs.flatMap((v, k) => (Math.abs(v - values[k]!) <= 1e-5 * Math.max(1, Math.abs(values[k]!)) ? [] : [[v, values[k]]]))
      expect([i, far]).toEqual([i, []])
    })
  })
})
