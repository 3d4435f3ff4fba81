/** `using` where the platform has no `Symbol.dispose`, as in Chrome before 134: a context of its own has what the language has, and no more. */
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { esbuildWgsl } from '../tools/wgsl.mjs'

const program = `
  import { Device } from './src/device/device.ts'
  import { Plan } from './src/plan/plan.ts'
  import { Model } from './src/training/model.ts'

  let destroyed = 0
  const gpu = { features: new Set(), limits: {}, lost: new Promise(() => {}), addEventListener() {}, destroy: () => destroyed++ }
  {
    using device = new Device(gpu, { description: 'none' })
  }
  const known = [Device, Plan, Model].map((c) => typeof c.prototype[Symbol.for('Symbol.dispose')])
  globalThis.result = JSON.stringify({ native: typeof Symbol.dispose, destroyed, known })
`

test('a block disposes what it used', async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: '.' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    // eslint-disable-next-line @typescript-eslint/no-unsafe-call
    plugins: [esbuildWgsl()],
  })
  const context = createContext({ TextDecoder, TextEncoder, URL, Blob }) as { result?: string }
  runInContext(outputFiles[0]!.text, context)
  expect(JSON.parse(context.result!)).toEqual({
    native: 'undefined',
    destroyed: 1,
    known: ['function', 'function', 'function'],
  })
})
