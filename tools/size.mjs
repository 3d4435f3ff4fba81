/** Prints the size of the browser entry, minified and gzipped, and fails above the limit. */
import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'
import { browserBundle } from './bundle.mjs'

/** Bytes. */
const LIMIT = 60_000

const { outputFiles } = await build({ ...browserBundle, write: false })
const { contents } = outputFiles[0]
const size = gzipSync(contents, { level: 9 }).length
console.log(`browser entry: ${contents.length} bytes minified, ${size} gzipped, limit ${LIMIT}`)
process.exitCode = size > LIMIT ? 1 : 0
