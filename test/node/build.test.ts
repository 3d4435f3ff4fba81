/** What the package is built of: one module for every source, or group of them, of which those for browsers depend on nothing; and shaders that mean the same after they were made smaller. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix, relative } from 'node:path'
import { build, type BuildOptions, type BuildResult, type Metafile } from 'esbuild'
import { describe, expect, test } from 'vitest'
// @ts-expect-error plain JavaScript, which Node runs without a build
import * as bundle from '../../tools/bundle.mjs'
// @ts-expect-error plain JavaScript, which Node runs without a build
import * as shaders from '../../tools/wgsl.mjs'

const { packageModules, program } = bundle as {
  packageModules: BuildOptions
  program: BuildOptions
}
const { minify } = shaders as { minify: (wgsl: string) => string }
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { default: string } | string>
  bin: Record<string, string>
  sideEffects: string[]
  peerDependencies: Record<string, string>
}

type Output = Metafile['outputs'][string] & { code: string }

/** Files by their names in `dist`. */
async function built(options: BuildOptions): Promise<Map<string, Output>> {
  const { metafile, outputFiles } = (await build({ ...options, write: false, outdir: 'dist' })) as BuildResult<{
    metafile: true
    write: false
  }>
  const code = new Map(outputFiles.map((f) => [relative('dist', f.path), f.text]))
  return new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [
      relative('dist', path),
      { ...output, code: code.get(relative('dist', path))! },
    ]),
  )
}

/** Modules that an entry leads to, and what they import that is no module of the package. */
function reached(files: ReadonlyMap<string, Output>, entry: string) {
  const modules = new Set([entry])
  const outside: { path: string; kind: string }[] = []
  for (const module of modules) {
    for (const { path, kind } of files.get(module)!.imports) {
      if (/^\.\.?\//.test(path)) modules.add(posix.join(posix.dirname(module), path))
      else outside.push({ path, kind })
    }
  }
  return { modules: [...modules], outside }
}

describe('the modules', async () => {
  const files = await built(packageModules)
  const browser = reached(files, 'index.js')
  const node = reached(files, 'node.js')

  test('are one for each source, or one for those that a page has together; nothing is there twice', () => {
    const inputs = [...files.values()].flatMap((f) => Object.entries(f.inputs).flatMap(([path, i]) => (i.bytesInOutput ? [path] : [])))
    expect(inputs.filter((path, i) => inputs.indexOf(path) !== i)).toEqual([]) // a shader must be imported in one place
    expect(inputs.filter((path) => !/^src\/.*\.(ts|wgsl)$/.test(path))).toEqual(['weights/manifest.json'])
    expect(files.size).toBeGreaterThan(100)
    const many = [...files].filter(([, f]) => Object.keys(f.inputs).filter((path) => path.endsWith('.ts')).length > 1)
    expect(many.map(([name]) => name).sort()).toEqual(['base.js', 'engine.js', 'files.js', 'layers.js', 'models.js', 'weights.js'])
    expect(browser.modules.filter((m) => !files.has(m))).toEqual([])
  })

  test('for browsers import nothing from outside, and nothing that is for Node', () => {
    expect(browser.outside).toEqual([])
    expect(browser.modules.filter((m) => m === 'node.js' || m.startsWith('node/'))).toEqual([])
    for (const module of browser.modules) expect(files.get(module)!.code, module).not.toMatch(/\brequire\(|\bimport\((?!\"\.)/)
    expect(files.get('index.js')!.exports).toContain('openDevice')
  })

  test('for Node import Node itself, and lazily what a user may leave out', () => {
    const packages = node.outside.filter(({ path }) => !path.startsWith('node:'))
    expect(packages.map(({ path, kind }) => [path, kind]).sort()).toEqual([
      ['@jsquash/jpeg/codec/dec/mozjpeg_dec.js', 'dynamic-import'],
      ['webgpu', 'dynamic-import'],
    ])
    const names = packages.map(({ path }) => /^(?:@[^/]+\/)?[^/]+/.exec(path)![0])
    for (const name of names) expect(manifest.peerDependencies).toHaveProperty([name])
    expect(files.get('node.js')!.exports).toEqual(expect.arrayContaining(['openDevice', 'fileSource']))
  })

  test('of the element import of the engine, at first, nothing but errors and what waits for the rest', () => {
    const first = new Set(['element/index.js'])
    for (const module of first)
      for (const { path, kind } of files.get(module)!.imports)
        if (kind === 'import-statement') first.add(posix.join(posix.dirname(module), path))
    expect([...first].filter((m) => !m.startsWith('element/'))).toEqual(['errors.js', 'lazy.js'])
    const all = reached(files, 'element/index.js')
    expect(all.outside).toEqual([])
    expect(all.modules.filter((m) => !m.startsWith('element/') && !browser.modules.includes(m))).toEqual([])
  })

  test('are those of the browser for Node too, so that both entries have one class of everything', () => {
    expect(browser.modules.filter((m) => !node.modules.includes(m))).toEqual([])
  })

  test('are where the package says', () => {
    const entries = Object.values(manifest.exports).flatMap((e) => (typeof e === 'string' ? [] : [e.default]))
    expect(entries).toEqual(['./dist/index.js', './dist/node.js', './dist/element/index.js'])
    for (const entry of entries) expect(files.has(entry.replace('./dist/', ''))).toBe(true)
  })
})

describe("a bundler of the user's", () => {
  const inputs = async (options: BuildOptions) => {
    const { metafile } = (await build({ ...options, write: false, metafile: true })) as BuildResult<{ metafile: true }>
    return Object.entries(Object.values(metafile.outputs)[0]!.inputs).flatMap(([path, i]) => (i.bytesInOutput ? [path] : []))
  }

  test('keeps what the Node entry does when it is imported, whatever is imported from it', async () => {
    const stdin = { contents: "export { loadModel } from './src/node.ts'", resolveDir: '.' }
    expect(await inputs({ ...program, entryPoints: [], stdin })).toContain('src/node.ts')
    const kept = ['node', 'cli', 'element/*'].map((file) => `./dist/${file}.js`)
    expect(manifest.sideEffects).toEqual([...kept, './src/node.ts', './src/element/*.ts', './src/cli/cli.ts'])
  })
})

test('the program is one file that a shell can start, which the package names', async () => {
  const files = await built({ ...program })
  expect([...files.keys()]).toEqual(['cli.js'])
  expect(manifest.bin).toEqual({ thaw: 'dist/cli.js' })
  expect(files.get('cli.js')!.code.startsWith('#!/usr/bin/env node\n')).toBe(true)
})

const folder = new URL('../../src/kernels/', import.meta.url)

test.each(readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.wgsl')))(
  '%s is made smaller and means the same',
  (file) => {
    const source = readFileSync(new URL(file, folder), 'utf8')
    const small = minify(source)
    expect(small.length).toBeLessThan(source.length)
    expect(small).not.toContain('//')
    const bare = (text: string) =>
      text
        .replace(/\/\/.*$/gm, '')
        .replace(/\s+/g, ' ')
        .replace(/ ?([=+*&|<>,;{}:/%!]+) ?/g, '$1')
        .replace(/(?<=[\w)\]]) - (?=[\w(])/g, '-')
        .trim()
    expect(bare(small)).toBe(bare(source))
    // What marks a line that is repeated or left out must not stand behind a comment's beginning.
    const marks = (text: string) => text.replace(/^\s*\/\/.*$/gm, '').match(/\/\*.*?\*\//g) ?? []
    expect(marks(small)).toEqual(marks(source))
  },
)

test('nothing but line comments, indentation and spaces is taken out of a shader', () => {
  expect(minify('// what\n  let a_i0: u32 = 0u/*i*/; // why\n\n\tb += c - -d - e / f;\nconst A: u32 = 1u;\n')).toBe(
    'let a_i0:u32=0u/*i*/;\nb+=c - -d-e/f;\nconst A: u32 = 1u;',
  )
})
