/** What the package is built of: the browser bundle depends on nothing, and shaders mean the same after they were made smaller. */
import { readdirSync, readFileSync } from 'node:fs'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { expect, test } from 'vitest'
// @ts-expect-error plain JavaScript, which Node runs without a build
import * as bundle from '../../tools/bundle.mjs'
// @ts-expect-error plain JavaScript, which Node runs without a build
import * as shaders from '../../tools/wgsl.mjs'

const { browserBundle, nodeBundle } = bundle as Record<string, BuildOptions>
const { minify } = shaders as { minify: (wgsl: string) => string }

async function built(options: BuildOptions): Promise<Metafile['outputs'][string] & { inputs: object; code: string }> {
  const { metafile, outputFiles } = await build({ ...options, write: false, metafile: true, outdir: 'dist' })
  const code = outputFiles.find((f) => f.path.endsWith('.js'))!.text
  return { ...Object.values(metafile.outputs).find((o) => o.entryPoint)!, code }
}

test('the browser bundle imports nothing, and holds no file of a dependency', async () => {
  const { imports, inputs, code } = await built(browserBundle!)
  expect(imports).toEqual([])
  expect(Object.keys(inputs).filter((path) => !path.startsWith('src/'))).toEqual(['weights/manifest.json'])
  expect(code).not.toMatch(/\bimport\s*["'(]|\brequire\(/)
  expect(code).toContain('openDevice')
})

test('the Node bundle imports Node itself, and lazily what a user may leave out', async () => {
  const { imports } = await built(nodeBundle!)
  const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { peerDependencies: Record<string, string> }
  const packages = imports.filter(({ path }) => !path.startsWith('node:'))
  expect(packages.map(({ path, kind }) => [path, kind]).sort()).toEqual([
    ['jpeg-js', 'dynamic-import'],
    ['webgpu', 'dynamic-import'],
  ])
  for (const { path } of packages) expect(peerDependencies).toHaveProperty([path])
})

const folder = new URL('../../src/kernels/', import.meta.url)

test.each(readdirSync(folder).filter((file) => file.endsWith('.wgsl')))('%s is made smaller and means the same', (file) => {
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
})

test('nothing but line comments and indentation is taken out of a shader', () => {
  expect(minify('// what\n  let a_i0 = 0u/*i*/; // why\n\n\tb += c;\n')).toBe('let a_i0 = 0u/*i*/;\nb += c;')
})
