/** Prints the size of the browser entry, minified and gzipped, and fails above the limits. */
import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'
import { browserBundle } from './bundle.mjs'

/** Bytes of everything there is. A page whose bundler drops what it does not import gets less. */
const LIMIT = 110_000

const { outputFiles } = await build({ ...browserBundle, write: false })
const { contents } = outputFiles[0]
const size = gzipSync(contents, { level: 9 }).length
console.log(`browser entry: ${contents.length} bytes minified, ${size} gzipped, limit ${LIMIT}`)
process.exitCode = size > LIMIT ? 1 : 0
