/** Builds the package: two bundles with source maps, and type declarations. */
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { esbuildWgsl } from './wgsl.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

const shared = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  keepNames: false,
  sourcemap: true,
  plugins: [esbuildWgsl({ minified: true })],
  logLevel: 'warning',
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
await Promise.all([
  build({ ...shared, entryPoints: [join(root, 'src/index.ts')], outfile: join(root, 'dist/index.js') }),
  build({
    ...shared,
    entryPoints: [join(root, 'src/node.ts')],
    outfile: join(root, 'dist/node.js'),
    platform: 'node',
    packages: 'external',
  }),
])
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root })
