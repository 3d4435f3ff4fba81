/** What the package is built of and how, and what a page's bundler makes of it; for the build, the size gate and the tests. */
import { readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { build as viteBuild } from 'vite'
import { groups } from './groups.mjs'
import { esbuildWgsl } from './wgsl.mjs'

const slashed = (path) => path.replaceAll('\\', '/')
const src = slashed(fileURLToPath(new URL('../src/', import.meta.url)))
const dist = slashed(fileURLToPath(new URL('../dist', import.meta.url)))

const shared = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  plugins: [esbuildWgsl({ minified: true })],
  logLevel: 'warning',
  metafile: true,
}

/** `./relu.ts` -> `./relu.js`, a module of its own. What else sources import, shaders and JSON, becomes a part of them. */
const apart = {
  name: 'modules',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/\.ts$/, '.js'), external: true },
    )
  },
}

/** Sources that are for users: all but the program's own. */
const files = readdirSync(src, { recursive: true })
  .map(slashed)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith('cli/'))

const forNode = { platform: 'node', packages: 'external' }

const each = {
  ...shared,
  ...forNode, // of which the modules for browsers import nothing
  entryPoints: files.map((file) => ({ in: src + file, out: file.replace(/\.ts$/, '') })),
  plugins: [apart, ...shared.plugins],
}

const { groupOf, texts } = await groups(each, src.replace(/\/$/, ''))

/** `./relu.ts` -> the file that it is published in, unless that is this one. */
const grouped = {
  name: 'groups',
  setup(build) {
    build.onResolve({ filter: /^group:/ }, ({ path }) => ({ path: path.slice(6), namespace: 'group' }))
    build.onLoad({ filter: /.*/, namespace: 'group' }, ({ path }) => ({ contents: texts.get(path), resolveDir: src, loader: 'ts' }))
    build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, kind, importer, namespace, resolveDir }) => {
      if (kind === 'entry-point' || namespace === 'group') return undefined
      const nameOf = (file) => posix.relative(src, file).replace(/\.ts$/, '')
      const [from, to] = [nameOf(slashed(importer)), nameOf(posix.join(slashed(resolveDir), path))]
      const [home, group] = [groupOf.get(from), groupOf.get(to)]
      if (group && group === home) return undefined
      const relative = posix.relative(posix.dirname(home ?? from), `${group ?? to}.js`)
      return { path: relative.startsWith('.') ? relative : `./${relative}`, external: true }
    })
  },
}

/**
 * For esbuild. The package: every source is a module of its own, in its own place, but for those of the groups, which are a file each. So there is
 * one copy of everything whatever entry it is imported by, and a page's bundler leaves out what the page does not import. Not minified: pages'
 * bundlers do that.
 */
export const packageModules = {
  ...each,
  entryPoints: [
    ...each.entryPoints.filter(({ out }) => !groupOf.has(out)),
    ...[...texts.keys()].map((group) => ({ in: `group:${group}`, out: group })),
  ],
  plugins: [grouped, ...shared.plugins],
}

/** For esbuild. The program `thaw`, a process of its own: one file, which starts faster than a hundred. */
export const program = { ...shared, ...forNode, entryPoints: [`${src}cli/cli.ts`] }

/** The package as it is published, in memory, and the page's own code beside it. */
async function published(code) {
  const { outputFiles } = await build({ ...packageModules, outdir: dist, write: false })
  const files = new Map(outputFiles.map(({ path, text }) => [slashed(path), text]))
  const entries = { page: `${dist}/page.ts`, 'thaw-webgpu': `${dist}/index.js`, 'thaw-webgpu/element': `${dist}/element/index.js` }
  return {
    name: 'published',
    resolveId(id, importer) {
      const path = entries[id] ?? (importer && id.startsWith('.') ? posix.join(posix.dirname(importer), id) : id)
      if (!files.has(path) && path !== entries.page) return undefined
      return { id: path, moduleSideEffects: path === entries.page || path.startsWith(`${dist}/element/`) }
    },
    load: (id) => (id === entries.page ? { code, moduleType: 'ts' } : files.get(id)),
  }
}

/**
 * What Vite makes of a page that uses the package: what it loads before it runs, and what it loads when it needs it.
 * @param {string} code that imports from `thaw-webgpu` or `thaw-webgpu/element`, in TypeScript
 * @returns {Promise<{ name: string, code: string, first: boolean, modules: string[], imports: string[] }[]>} chunks, the page's own first; `modules`: files of the package
 */
export async function pageChunks(code) {
  const { output } = await viteBuild({
    configFile: false,
    root: src,
    logLevel: 'error',
    plugins: [await published(code)],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: 'page', preserveEntrySignatures: 'strict' },
    },
  })
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const first = new Set(output.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  for (const name of first) for (const imported of chunks.get(name).imports) first.add(imported)
  const all = new Set(first) // Rolldown also writes groups that lead to each other alone, which no page asks for
  for (const name of all) for (const imported of [...chunks.get(name).imports, ...chunks.get(name).dynamicImports]) all.add(imported)
  return [...all].map((name) => {
    const { code, moduleIds, imports } = chunks.get(name)
    return { name, code, first: first.has(name), modules: moduleIds.map((id) => id.replace(`${dist}/`, '')), imports }
  })
}

/** Those of a page's chunks that have been loaded when these modules, which come with `import()`, have come. */
export function loadedWith(chunks, modules) {
  const loaded = new Set(chunks.filter(({ first }) => first))
  for (const module of modules) {
    const chunk = chunks.find((chunk) => chunk.modules.includes(module))
    if (!chunk) throw new Error(`a page must have the modules that it loads later, got none that is ${module}`)
    loaded.add(chunk)
  }
  for (const { imports } of loaded) for (const name of imports) loaded.add(chunks.find((chunk) => chunk.name === name))
  return [...loaded]
}
