/** Builds the package: modules for browsers and Node, the program `thaw`, source maps and type declarations. */
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageModules, program } from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

rmSync(join(root, 'dist'), { recursive: true, force: true })
await Promise.all([
  build({ ...packageModules, sourcemap: true, outdir: join(root, 'dist') }),
  build({ ...program, outdir: join(root, 'dist') }),
])
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root })
chmodSync(join(root, 'dist/cli.js'), 0o755)
