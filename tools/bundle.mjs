/** What the entries of the package are bundled from and how; for the build, the size gate and the tests. */
import { fileURLToPath } from 'node:url'
import { esbuildWgsl } from './wgsl.mjs'

const source = (path) => fileURLToPath(new URL(`../src/${path}`, import.meta.url))

const shared = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  plugins: [esbuildWgsl({ minified: true })],
  logLevel: 'warning',
  metafile: true,
}

/** For esbuild. The browser entry may import nothing. */
export const browserBundle = { ...shared, entryPoints: [source('index.ts')] }

/**
 * For esbuild. The Node entry and the program `thaw`, which share their code in a file of its own. What Node users may leave out is imported
 * when it is first needed.
 */
export const nodeBundle = {
  ...shared,
  entryPoints: [source('node.ts'), source('cli/cli.ts')],
  entryNames: '[name]',
  chunkNames: 'node-[hash]',
  splitting: true,
  platform: 'node',
  packages: 'external',
}
