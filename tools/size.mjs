/** Prints what pages load of the package before they run, minified and gzipped, and fails above the limits. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { pageChunks } from './bundle.mjs'

const example = (file) =>
  readFileSync(new URL(`../examples/${file}`, import.meta.url), 'utf8').replace("'../../src/index.ts'", "'thaw-webgpu'")

const PREDICT = `
  import { loadModel, openDevice, type Tensor } from 'thaw-webgpu'
  export async function scores(file: string, x: Tensor) {
    const model = await loadModel(file)
    await model.compile({ device: await openDevice() })
    return model.predict(x)
  }`

/** What lists a file's layers, and no more: parts that the package's entries have inside. */
const READ = `
  import { httpSource } from './loaders/bytes/http.ts'
  import { openKerasWeights } from './loaders/keras/keras.ts'
  import { readModelConfig } from './loaders/keras/model_config.ts'
  export async function layersOf(url: string) {
    const source = await httpSource(url)
    return { config: await readModelConfig(source), layers: (await openKerasWeights(source)).layers }
  }`

/** What a page imports, and gzipped bytes that it may get for it. */
const PAGES = [
  ['everything there is', "export * from 'thaw-webgpu'", 226_500],
  ['predict with loadModel', PREDICT, 114_000],
  ["README's classifier of one's own", example('head/head.ts'), 107_600],
  ["README's network and picture", example('classify/classify.ts'), 103_800],
  ["README's picture and its class", example('classify/classifier.ts'), 118_000],
  ["a file's config and layers, over HTTP", READ, 19_300],
  ['the element, before it loads the engine', "import 'thaw-webgpu/element'", 7_300],
  ['bytesSource alone', "export { bytesSource } from 'thaw-webgpu'", 1_000],
]

for (const [what, code, limit] of PAGES) {
  const chunks = (await pageChunks(code)).map(({ code, first }) => ({
    first,
    gzipped: gzipSync(code, { level: 9 }).length,
    bytes: Buffer.byteLength(code),
  }))
  const sum = (of, key) => of.reduce((n, chunk) => n + chunk[key], 0)
  const [now, later] = [chunks.filter(({ first }) => first), chunks.filter(({ first }) => !first)]
  const more = later.length ? `; ${sum(later, 'gzipped')} more in ${later.length} chunks when needed` : ''
  console.log(`${what}: ${sum(now, 'bytes')} bytes minified, ${sum(now, 'gzipped')} gzipped in ${now.length} chunks, limit ${limit}${more}`)
  if (sum(now, 'gzipped') > limit) process.exitCode = 1
}
