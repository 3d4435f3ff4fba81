/** What the package is built of and how, and what a page's bundler makes of it; for the build, the size gate and the tests. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { esbuildWgsl } from './wgsl.mjs'

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

/**
 * For esbuild. What a page gets of the package from its bundler; what it imports only when it needs it is in chunks of its own.
 * @param {string} code that imports from `thaw-webgpu`
 */
export const pageBundle = (code) => ({
  ...shared,
  minify: true,
  splitting: true,
  outdir: 'page',
  stdin: { contents: code.replaceAll("'thaw-webgpu'", "'./index.ts'"), resolveDir: src, loader: 'ts' },
  write: false,
})
