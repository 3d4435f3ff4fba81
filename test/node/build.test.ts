/** What the package is built of: the browser bundle depends on nothing, and shaders mean the same after they were made smaller. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { describe, expect, test } from 'vitest'
// @ts-expect-error plain JavaScript, which Node runs without a build
import * as bundle from '../../tools/bundle.mjs'
// @ts-expect-error plain JavaScript, which Node runs without a build
import * as shaders from '../../tools/wgsl.mjs'

const { browserBundle, nodeBundle } = bundle as { browserBundle: BuildOptions; nodeBundle: BuildOptions }
const { minify } = shaders as { minify: (wgsl: string) => string }

type Output = Metafile['outputs'][string] & { code: string }

/** The bundle's JavaScript files by their names. */
async function built(options: BuildOptions): Promise<Record<string, Output>> {
  const { metafile, outputFiles } = await build({ ...options, write: false, metafile: true, outdir: 'dist' })
  const code = (path: string) => outputFiles.find((f) => f.path.endsWith(path))!.text
  return Object.fromEntries(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), { ...output, code: code(path) }]))
}

test('the browser bundle imports nothing, and holds no file of a dependency', async () => {
  const files = await built(browserBundle)
  const { imports, inputs, code } = files['index.js']!
  expect(Object.keys(files)).toEqual(['index.js'])
  expect(imports).toEqual([])
  expect(Object.keys(inputs).filter((path) => !path.startsWith('src/'))).toEqual(['weights/manifest.json'])
  expect(code).not.toMatch(/\bimport\s*["'(]|\brequire\(/)
  expect(code).toContain('openDevice')
})

describe('the Node bundles', async () => {
  const files = await built(nodeBundle)

  test('import Node itself, and lazily what a user may leave out', () => {
    const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { peerDependencies: Record<string, string> }
    const imports = Object.values(files).flatMap((f) => f.imports)
    const packages = imports.filter(({ path, external }) => external && !path.startsWith('node:'))
    expect(packages.map(({ path, kind }) => [path, kind]).sort()).toEqual([
      ['jpeg-js', 'dynamic-import'],
      ['webgpu', 'dynamic-import'],
    ])
    for (const { path } of packages) expect(peerDependencies).toHaveProperty([path])
  })

  test('are the entry and the program, whose common code is there once', () => {
    const names = Object.keys(files).map((name) => name.replace(/-\w{8}\./, '-HASH.'))
    expect(names.sort()).toEqual(['cli.js', 'node-HASH.js', 'node.js'])
    const inputs = Object.values(files).flatMap((f) => Object.entries(f.inputs).flatMap(([path, i]) => (i.bytesInOutput ? [path] : [])))
    expect(inputs).toEqual([...new Set(inputs)])
    expect(files['node.js']!.exports).toEqual(expect.arrayContaining(['openDevice', 'fileSource', 'inceptionV3']))
  })

  test('are a program that a shell can start, which the package names', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> }
    expect(bin).toEqual({ thaw: 'dist/cli.js' })
    expect(files['cli.js']!.code.startsWith('#!/usr/bin/env node\n')).toBe(true)
    expect(files['node.js']!.code).not.toContain('#!')
  })
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
        .trim()
    expect(bare(small)).toBe(bare(source))
  },
)

test('nothing but line comments and indentation is taken out of a shader', () => {
  expect(minify('// what\n  let a_i0 = 0u/*i*/; // why\n\n\tb += c;\n')).toBe('let a_i0 = 0u/*i*/;\nb += c;')
})
