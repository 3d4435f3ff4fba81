/** Runs a TypeScript program with the arguments that follow it: `node tools/run.mjs examples/lesson/main.ts --epochs 1`. */
import { build } from 'esbuild'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { esbuildWgsl } from './wgsl.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [entry, ...args] = process.argv.slice(2)
if (!entry) throw new Error('usage: node tools/run.mjs PROGRAM.ts [ARGUMENTS]')

/** Each source keeps its own `import.meta.url`, although all become one file. */
const ownUrl = {
  name: 'own-url',
  setup(build) {
    build.onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' }
    })
  },
}

/** Beside the sources, so that packages resolve as they do for the sources. */
const folder = join(root, '.cache', 'run')
mkdirSync(folder, { recursive: true })
const outfile = join(folder, `${basename(entry, '.ts')}-${process.pid}.mjs`)
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  plugins: [esbuildWgsl(), ownUrl],
})
process.on('exit', () => rmSync(outfile, { force: true }))
process.env.THAW_CACHE ||= join(root, '.cache') // a checkout keeps what it fetches to itself
process.setSourceMapsEnabled(true)
process.argv = [process.argv[0], outfile, ...args]
await import(pathToFileURL(outfile).href)
