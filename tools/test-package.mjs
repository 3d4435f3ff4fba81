/**
 * Installs the packed package into two empty projects, as users would get it. One for Node: README's links lead somewhere, both entries are one copy, a prediction, types under a
 * strict compiler, the program `thaw`. One for the web, as `npm create vite` makes it: README's examples compile and are bundled, and the app of
 * docs/embed.md says in Chrome what a picture is.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { PNG } from 'pngjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'thaw-package-'))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

const PROGRAM = `
import { bytesSource, FileError, layers, loadModel, Model, openDevice, type Tensor } from 'thaw-webgpu/node'
import * as browser from 'thaw-webgpu'

const device = await openDevice()
const input = layers.input({ shape: [4] })
const model = new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax' }).apply(input) })
await model.compile({ device })
const y = (await model.predict({ shape: [2, 4], data: new Float32Array(8).fill(1) })) as Tensor
model.dispose()
if (y.shape.join() !== '2,3' || Math.abs([...y.data].reduce((a, b) => a + b, 0) - 2) > 1e-5) throw new Error('wrong prediction ' + y.data.join())
if (device.live.buffers !== 0) throw new Error(device.live.buffers + ' buffers left')
device.dispose()
if (!(model instanceof browser.Model) || browser.Model !== Model) throw new Error('two copies of Model')
const error: unknown = await browser.loadModel(bytesSource(new Uint8Array(9))).catch((e: unknown) => e)
if (!(error instanceof FileError) || error.name !== 'FileError') throw new Error('two copies of FileError')
const missing: unknown = await loadModel('none.keras').catch((e: unknown) => e)
if (!(missing instanceof browser.FileError) || missing.code !== 'not-found') throw new Error('a path must be one in Node')
`

/** Fails to compile where a type of the package's has become `any`. */
const TYPES = `
import { openDevice, Model } from 'thaw-webgpu'
export async function types(model: Model): Promise<void> {
  // @ts-expect-error a Model is no number
  const wrong: number = model
  // @ts-expect-error a GPUDevice is no number
  const device: number = (await openDevice()).gpu
  void [wrong, device]
}
`

/** A whole model, input 8x8x3, 5 classes. */
const MODEL = join(root, 'test/golden/keras_files/keras3.keras')

/** README's examples. */
const EXAMPLES = ['head/head.ts', 'classify/classify.ts', 'classify/refit.ts']

const greyPicture = () => PNG.sync.write(Object.assign(new PNG({ width: 9, height: 7 }), { data: Buffer.alloc(252, 128) }))

/** @returns what the command wrote */
function step(what, project, command, args) {
  console.log(what)
  return execFileSync(command, args, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
}

function expect(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what} must be ${wanted}, got ${got}`)
}

/** An empty project with the package, and beside it what a user would install: linked, so that this needs no network. */
function project(name, archive, beside) {
  const path = join(folder, name)
  mkdirSync(join(path, 'src'), { recursive: true })
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }))
  step(`install: ${name}`, path, 'npm', ['install', '--offline', '--no-audit', '--no-fund', '--legacy-peer-deps', archive])
  for (const module of beside) symlinkSync(join(root, 'node_modules', module), join(path, 'node_modules', module))
  return path
}

/** Links on the pages that people come from lead to files of the package. */
function links(installed) {
  const pages = ['README.md', 'CHANGELOG.md', 'examples/README.md']
  const dead = pages.flatMap((page) =>
    [...readFileSync(join(installed, page), 'utf8').matchAll(/\]\(([\w./-]+)(?:#[\w-]+)?\)/g)]
      .map(([, link]) => join(dirname(page), link))
      .filter((file) => !existsSync(join(installed, file))),
  )
  expect('links to files that are not in the package', dead.join(), '')
}

function settings(path, compilerOptions) {
  writeFileSync(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }))
}

function inNode(archive) {
  const path = project('node', archive, ['webgpu', '@jsquash', '@webgpu', '@sparticuz', '@types'])
  links(join(path, 'node_modules', 'thaw-webgpu'))
  writeFileSync(join(path, 'src', 'program.ts'), PROGRAM)
  settings(path, {
    strict: true,
    target: 'ES2022',
    lib: ['ES2023', 'DOM'],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    outDir: 'out',
    rootDir: 'src',
    skipLibCheck: true,
    types: ['@webgpu/types', 'node'],
  })
  step('types', path, process.execPath, [tsc])
  step('predict', path, process.execPath, ['out/program.js'])
  const thaw = (...args) => JSON.parse(step(`thaw ${args[0]}`, path, 'npx', ['--no-install', 'thaw', ...args, '--json']))
  expect('parameters that thaw inspect counts', thaw('inspect', MODEL).parameters.total, 849)
  writeFileSync(join(path, 'grey.png'), greyPicture())
  expect('classes that thaw predict ranks', thaw('predict', 'grey.png', '--model', MODEL).top.length, 5)
}

/** A bundle, of the page `index.html` with one module. */
function bundle(path) {
  step('and are bundled', path, process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'])
  const assets = join(path, 'dist', 'assets')
  const files = readdirSync(assets)
  const code = files.map((file) => readFileSync(join(assets, file), 'utf8')).join('')
  expect('imports in the bundle', code.match(/from\s*["'](?!\.)|\brequire\(/)?.[0], undefined)
  return { files, code }
}

/** The app of docs/embed.md, in Chrome: it says what a picture is. */
function app(path) {
  const text = readFileSync(join(root, 'examples/embed/app.ts'), 'utf8')
  writeFileSync(join(path, 'src', 'main.ts'), text.replace("'../../src/element/index.ts'", "'thaw-webgpu/element'"))
  step('the app with the element compiles', path, process.execPath, [tsc])
  const { files } = bundle(path)
  writeFileSync(join(path, 'grey.png'), greyPicture())
  const program = ['tools/run.mjs', 'tools/open-page.ts', join(path, 'dist'), MODEL, join(path, 'grey.png')]
  const title = step('and says in Chrome what a picture is', root, process.execPath, program).trim()
  expect('a class and its probability as title', /^(plane|car|bird|cat|deer) \(\d+ %\)$/.test(title) || title, true)
  console.log(`${title}; ${files.length} chunks`)
}

function inVite(archive) {
  const path = project('vite', archive, ['vite'])
  for (const file of EXAMPLES) {
    const text = readFileSync(join(root, 'examples', file), 'utf8')
    writeFileSync(join(path, 'src', file.split('/').at(-1)), text.replace("'../../src/index.ts'", "'thaw-webgpu'"))
  }
  const imports = EXAMPLES.map((file, i) => `import * as example${i} from './${file.split('/').at(-1)}'\n`)
  writeFileSync(join(path, 'src', 'main.ts'), `${imports.join('')}console.log(${EXAMPLES.map((_, i) => `example${i}`).join(', ')})\n`)
  writeFileSync(join(path, 'src', 'types.ts'), TYPES)
  writeFileSync(join(path, 'index.html'), '<script type="module" src="/src/main.ts"></script>')
  // As create-vite 8 writes it for vanilla-ts: no `esnext.disposable`, no types of WebGPU but TypeScript's own.
  settings(path, {
    target: 'es2023',
    module: 'esnext',
    lib: ['ES2023', 'DOM'],
    types: ['vite/client'],
    allowArbitraryExtensions: true,
    skipLibCheck: true,
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    moduleDetection: 'force',
    noEmit: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    erasableSyntaxOnly: true,
    noFallthroughCasesInSwitch: true,
  })
  step("README's examples compile", path, process.execPath, [tsc])
  step('and with the declarations checked', path, process.execPath, [tsc, '--skipLibCheck', 'false'])
  const { files, code } = bundle(path)
  console.log(`README's examples together: ${gzipSync(code, { level: 9 }).length} bytes gzipped in ${files.length} file`)
  app(path)
}

try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const archive = join(
    folder,
    readdirSync(folder).find((f) => f.endsWith('.tgz')),
  )
  inNode(archive)
  inVite(archive)
  console.log('package works')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
