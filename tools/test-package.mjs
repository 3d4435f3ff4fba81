/**
 * Installs the packed package into an empty project, as a user would get it: imports both entries, predicts in Node, checks the types
 * under a user's own strict compiler, and runs the program `thaw`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PNG } from 'pngjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'thaw-package-'))

const PROGRAM = `
import { layers, Model, openDevice, type Tensor } from 'thaw-webgpu/node'
import * as browser from 'thaw-webgpu'

const device = await openDevice()
const input = layers.input({ shape: [4] })
const model = new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax' }).apply(input) })
await model.compile({ device })
const y: Tensor = await model.predict({ shape: [2, 4], data: new Float32Array(8).fill(1) })
model.dispose()
if (y.shape.join() !== '2,3' || Math.abs([...y.data].reduce((a, b) => a + b, 0) - 2) > 1e-5) throw new Error('wrong prediction ' + y.data.join())
if (device.live.buffers !== 0) throw new Error(device.live.buffers + ' buffers left')
device.dispose()
if (typeof browser.inceptionV3 !== 'function') throw new Error('no inceptionV3 in the browser entry')
`

/** A whole model, input 8x8x3, 5 classes. */
const MODEL = join(root, 'test/golden/keras_files/keras3.keras')

/** @returns what the command wrote */
function step(what, command, args) {
  console.log(what)
  return execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
}

/** Runs the installed `thaw` and reads its JSON. */
const thaw = (...args) => JSON.parse(step(`thaw ${args[0]}`, 'npx', ['--no-install', 'thaw', ...args, '--json']))

function expect(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what} must be ${wanted}, got ${got}`)
}

try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const archive = readdirSync(folder).find((f) => f.endsWith('.tgz'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  step('install', 'npm', ['install', '--offline', '--no-audit', '--no-fund', '--legacy-peer-deps', `./${archive}`])
  // What a user would install beside it; linked, so that this needs no network.
  for (const name of ['webgpu', 'jpeg-js', '@webgpu', '@sparticuz', '@types'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src', 'program.ts'), PROGRAM)
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        target: 'ES2022',
        lib: ['ES2023', 'DOM', 'ESNext.Disposable'],
        module: 'NodeNext',
        moduleResolution: 'NodeNext',
        outDir: 'out',
        rootDir: 'src',
        skipLibCheck: true,
        types: ['@webgpu/types', 'node'],
      },
      include: ['src'],
    }),
  )
  step('types', process.execPath, [createRequire(import.meta.url).resolve('typescript/bin/tsc')])
  step('predict', process.execPath, ['out/program.js'])
  expect('parameters that thaw inspect counts', thaw('inspect', MODEL).parameters.total, 849)
  writeFileSync(join(folder, 'grey.png'), PNG.sync.write(Object.assign(new PNG({ width: 9, height: 7 }), { data: Buffer.alloc(252, 128) })))
  expect('classes that thaw predict ranks', thaw('predict', 'grey.png', '--model', MODEL).top.length, 5)
  console.log('package works')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
