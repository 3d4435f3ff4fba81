/** Prints what pages load of the package before they run, minified and gzipped, and fails above the limits. */
import { build } from 'esbuild'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pageBundle } from './bundle.mjs'

const example = (file) =>
  readFileSync(new URL(`../examples/${file}`, import.meta.url), 'utf8').replace("'../../src/index.ts'", "'thaw-webgpu'")

/** What a page imports, and gzipped bytes that it may get for it. */
const PAGES = [
  ['everything there is', "export * from 'thaw-webgpu'", 217_000],
  ["README's classifier of one's own", example('head/head.ts'), 170_000],
  ["README's network and picture", example('classify/classify.ts'), 176_000],
  ['bytesSource alone', "export { bytesSource } from 'thaw-webgpu'", 6_000],
]

/** The paths of a page's entry and of all that it imports at once. */
function firstLoad({ outputs }) {
  const [entry] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint)
  const loaded = new Set([entry])
  for (const path of loaded) {
    for (const { path: imported, kind } of outputs[path].imports) if (kind === 'import-statement') loaded.add(imported)
  }
  return [...loaded]
}

for (const [what, code, limit] of PAGES) {
  const { metafile, outputFiles } = await build(pageBundle(code))
  const first = new Set(firstLoad(metafile).map((path) => resolve(path)))
  const files = outputFiles.map(({ path, contents }) => ({
    first: first.has(path),
    bytes: contents.length,
    gzipped: gzipSync(contents, { level: 9 }).length,
  }))
  const sum = (key, of = files) => of.reduce((n, file) => n + file[key], 0)
  const [now, later] = [files.filter((file) => file.first), files.filter((file) => !file.first)]
  const more = later.length ? `; ${sum('gzipped', later)} more in ${later.length} chunks when needed` : ''
  console.log(`${what}: ${sum('bytes', now)} bytes minified, ${sum('gzipped', now)} gzipped, limit ${limit}${more}`)
  if (sum('gzipped', now) > limit) process.exitCode = 1
}
