/** The stage `naga` of `npm test`: its shaders are those that plans compile, and it sees what is wrong with one. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { googlenet } from '../../src/models/googlenet.ts'
import { predictGraph } from '../../src/training/predict_graph.ts'
import { findNaga, translate } from '../../tools/naga.ts'
import { shadersOf } from '../../tools/shaders.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()

test('the shaders of a graph are those that its plan compiles', async () => {
  using model = await googlenet({ inputShape: [32, 32, 3] })
  const compiled = vi.spyOn(device(), 'pipeline')
  await model.compile({ device: device(), warmUpBatch: 1 })
  const wanted = new Set(compiled.mock.calls.map((call) => call.at(-1)))
  expect(new Set(shadersOf(predictGraph(model, 1, ['u8']), device()).map((shader) => shader.wgsl))).toEqual(wanted)
  expect(wanted.size).toBeGreaterThan(10)
})

const naga = findNaga(join(tmpdir(), 'no naga here'), false)

describe.skipIf(!naga)('translate', () => {
  const good = '@group(0) @binding(0) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(1) fn main() { y[0] = 1.0; }'
  const shaders = { good, better: good.replace('1.0', '2.0'), untyped: good.replace('1.0', '1u'), cut: good.slice(0, -2) }

  /** What naga says of the named shaders, and the files that are there then. */
  async function translated(...names: (keyof typeof shaders)[]) {
    const folder = mkdtempSync(join(tmpdir(), 'thaw-naga-test-'))
    try {
      const problems = await translate(naga!, folder, new Map(names.map((name) => [name, shaders[name]])))
      return { problems, files: readdirSync(folder).sort() }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('writes Metal and Direct3D of valid shaders', async () => {
    const files = ['better', 'good'].flatMap((name) => ['hlsl', 'metal', 'wgsl'].map((ending) => `${name}.${ending}`))
    expect(await translated('good', 'better')).toEqual({ problems: [], files })
  })

  test.each(['untyped', 'cut'] as const)('names a shader that is not valid: %s', async (name) => {
    const { problems } = await translated('good', name)
    expect(problems.join()).toContain(`${name}.wgsl`)
    expect(problems.join()).not.toContain('good.wgsl')
  })
})
