/** Typical pages, and what they may load, minified and gzipped; for the size gate and its test. */
import { readFileSync } from 'node:fs'

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
  import { httpSource } from './loaders/bytes/http.js'
  import { openKerasWeights, readModelConfig } from './files.js'
  export async function layersOf(url: string) {
    const source = await httpSource(url)
    return { config: await readModelConfig(source), layers: (await openKerasWeights(source)).layers }
  }`

/** What reads `.keras` files, and not `.h5`. */
export const ARCHIVE = 'loaders/keras/archive.js'

/** With what a prediction by a file of Keras comes. */
const FILE = ['models.js', ARCHIVE, 'engine.js']

/**
 * `first`: bytes that may come before the page runs. Where more comes until its first answer, of Keras's own networks in its formats of today:
 * `then` is the bytes of all, `later` the modules that begin what comes later; test/node/page_chunks.test.ts runs `loadModel` and `createClassifier`
 * and holds theirs to what is loaded.
 */
export const PAGES = [
  { what: 'everything there is', code: "export * from 'thaw-webgpu'", first: 180_500 },
  { what: 'predict with loadModel', code: PREDICT, first: 5_200, later: FILE, then: 103_800 },
  {
    what: "README's classifier of one's own",
    code: example('head/head.ts'),
    first: 64_800,
    later: ['models/inception.js', 'weights.js', 'engine.js', 'training/trainer.js'],
    then: 172_300,
  },
  {
    what: "README's network and picture",
    code: example('classify/classify.ts'),
    first: 12_000,
    later: [...['models/resnet.js', 'loaders/weights/resolve.js', 'weights.js', 'engine.js'], 'loaders/images/load_image.js'],
    then: 104_000,
  },
  {
    what: "README's picture and its class",
    code: example('classify/classifier.ts'),
    first: 2_200,
    later: ['models/classifier.js', ARCHIVE, 'engine.js', 'training/pictures.js'],
    then: 119_500,
  },
  { what: "a file's config and layers, over HTTP", code: READ, first: 15_500, later: [ARCHIVE], then: 18_300 },
  { what: 'the element, before it loads the engine', code: "import 'thaw-webgpu/element'", first: 7_400 },
  { what: 'bytesSource alone', code: "export { bytesSource } from 'thaw-webgpu'", first: 1_000 },
]
