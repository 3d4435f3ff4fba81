/** Teaches the built-in network to tell drawn figures apart, and writes `web/builtin/small.keras`: `node tools/run.mjs web/builtin/train.ts`. */
import { adam, openDevice, saveModel, stack, tensor } from '../../src/node.ts'
import { drawFigure, TAUGHT } from '../src/demo/pictures.ts'
import { BUILTIN_SIZE, builtinNetwork } from '../src/worker/builtin.ts'

const EACH = 120
const EPOCHS = 24
const figures = Object.values(TAUGHT)

function pictures(first: number, each: number) {
  const drawn = figures.flatMap((figure, k) =>
    Array.from({ length: each }, (_, i) => drawFigure(figure, (first + i) * figures.length + k, BUILTIN_SIZE)),
  )
  const rgb = drawn.map(({ data, width, height }) =>
    tensor(
      data.filter((_, i) => i % 4 < 3),
      [1, height, width, 3],
    ),
  )
  return { x: stack(rgb), y: figures.flatMap((_, k) => Array<number>(each).fill(k)) }
}

const device = await openDevice()
const model = builtinNetwork(figures.length)
model.classNames = Object.keys(TAUGHT)
model.pictures = { interpolation: 'bilinear', aspectRatio: 'crop' }
await model.compile({ device, optimizer: adam({ learningRate: 2e-3 }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
await model.fit(pictures(0, EACH), {
  epochs: EPOCHS,
  batchSize: 32,
  validationData: pictures(100_000, 20),
  onEpochEnd: ({ epoch, logs }) => console.log(epoch + 1, JSON.stringify(logs)),
})
await saveModel(model, new URL('./small.keras', import.meta.url).pathname, { includeOptimizer: false })
model.dispose()
device.dispose()
