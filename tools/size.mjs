/** Prints what pages load of the package before they run, and until they have their first answer, minified and gzipped, and fails above the limits. */
import { gzipSync } from 'node:zlib'
import { loadedWith, pageChunks } from './bundle.mjs'
import { PAGES } from './pages.mjs'

const gzipped = (chunks) => chunks.reduce((n, { code }) => n + gzipSync(code, { level: 9 }).length, 0)

/** Says what chunks are, and fails where they are too much. */
function held(chunks, limit) {
  const bytes = chunks.reduce((n, { code }) => n + Buffer.byteLength(code), 0)
  const size = gzipped(chunks)
  if (size > limit) process.exitCode = 1
  return `${bytes} bytes minified, ${size} gzipped in ${chunks.length} chunks, limit ${limit}`
}

for (const { what, code, first, later, then } of PAGES) {
  const chunks = await pageChunks(code)
  const loaded = loadedWith(chunks, later ?? [])
  console.log(`${what}:`)
  const now = chunks.filter((chunk) => chunk.first)
  console.log(`  before it runs ${held(now, first)}`)
  if (later) console.log(`  until the first answer ${held(loaded, then)}`)
  const rest = chunks.filter((chunk) => !loaded.includes(chunk))
  if (rest.length) console.log(`  when needed ${gzipped(rest)} more in ${rest.length} chunks`)
}
