/** Prints what pages get of the package, minified and gzipped, and fails above the limits. */
import { build } from 'esbuild'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { pageBundle } from './bundle.mjs'

const example = (file) =>
  readFileSync(new URL(`../examples/${file}`, import.meta.url), 'utf8').replace("'../../src/index.ts'", "'thaw-webgpu'")

/** What a page imports, and gzipped bytes that it may get for it. */
const PAGES = [
  ['everything there is', "export * from 'thaw-webgpu'", 188_000],
  ["README's classifier of one's own", example('head/head.ts'), 152_500],
  ["README's network and picture", example('classify/classify.ts'), 158_000],
  ['bytesSource alone', "export { bytesSource } from 'thaw-webgpu'", 2_000],
]

for (const [what, code, limit] of PAGES) {
  const { outputFiles } = await build(pageBundle(code))
  const { contents } = outputFiles[0]
  const size = gzipSync(contents, { level: 9 }).length
  console.log(`${what}: ${contents.length} bytes minified, ${size} gzipped, limit ${limit}`)
  if (size > limit) process.exitCode = 1
}
