/** Prints the size of the browser entry, minified and gzipped, and fails above the limit. */
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { esbuildWgsl } from './wgsl.mjs'

/** Bytes. */
const LIMIT = 60_000

const { outputFiles, metafile } = await build({
  entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  write: false,
  metafile: true,
  plugins: [esbuildWgsl({ minified: true })],
})
const foreign = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules'))
const size = gzipSync(outputFiles[0].contents, { level: 9 }).length
console.log(`browser entry: ${outputFiles[0].contents.length} bytes minified, ${size} gzipped, limit ${LIMIT}`)
if (foreign.length) console.log(`browser entry must have no dependency, got ${foreign.join(', ')}`)
process.exitCode = size > LIMIT || foreign.length ? 1 : 0
