/** What the package is built of and how, and what a page's bundler makes of it; for the build, the size gate and the tests. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build as viteBuild } from 'vite'
import { esbuildWgsl, viteWgsl } from './wgsl.mjs'

const src = fileURLToPath(new URL('../src/', import.meta.url))

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
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith('cli/'))

const forNode = { platform: 'node', packages: 'external' }

/**
 * For esbuild. The package: every source is a module of its own, in its own place. So there is one copy of everything whatever entry it is
 * imported by, and a page's bundler leaves out what the page does not import. Not minified: pages' bundlers do that.
 */
export const packageModules = {
  ...shared,
  ...forNode, // of which the modules for browsers import nothing
  entryPoints: files.map((file) => ({ in: src + file, out: file.replace(/\.ts$/, '') })),
  plugins: [apart, ...shared.plugins],
}

/** For esbuild. The program `thaw`, a process of its own: one file, which starts faster than a hundred. */
export const program = { ...shared, ...forNode, entryPoints: [`${src}cli/cli.ts`] }

/** Takes the page's own code from memory; it lies beside the sources. */
const pageOf = (code) => ({
  name: 'page',
  resolveId: (id) => ({ page: `${src}page.ts`, 'thaw-webgpu': `${src}index.ts`, 'thaw-webgpu/element': `${src}element/index.ts` })[id],
  load: (id) => (id === `${src}page.ts` ? { code, moduleType: 'ts' } : undefined),
})

/**
 * What Vite makes of a page that uses the package: what it loads before it runs, and what it loads when it needs it.
 * @param {string} code that imports from `thaw-webgpu` or `thaw-webgpu/element`, in TypeScript
 * @returns {Promise<{ name: string, code: string, first: boolean, modules: string[], imports: string[] }[]>} chunks, the page's own first
 */
export async function pageChunks(code) {
  const { output } = await viteBuild({
    configFile: false,
    root: src,
    logLevel: 'error',
    plugins: [pageOf(code), viteWgsl({ minified: true })],
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
  return [...new Set([...first, ...chunks.keys()])].map((name) => {
    const { code, moduleIds, imports } = chunks.get(name)
    return { name, code, first: first.has(name), modules: moduleIds.map((id) => id.replace(src, 'src/')), imports }
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
