/** Training steps: forward, backward and Adam, values in, the loss out, on all sides. */
import type { Graph } from '../src/graph/graph.ts'
import { layers } from '../src/layers/index.ts'
import type { SymbolicTensor } from '../src/layers/layer.ts'
import { sizeOf, type Shape } from '../src/shape.ts'
import { criteriaOf } from '../src/training/criteria.ts'
import { lossGraph } from '../src/training/graphs.ts'
import { Tally } from '../src/training/metrics/index.ts'
import { Model } from '../src/training/model.ts'
import { adam } from '../src/training/optimizers/index.ts'
import { trainingGraph } from '../src/training/step_graphs.ts'
import { values, type Job, type RowSource } from './compare.ts'
import { flopsOf } from './flops.ts'
import { mobileNetV2, resnetStage, vggBlock } from './networks.ts'
import { tfModel, type Tf } from './tfjs.ts'

const CLASSES = 10
const LOSS = 'categoricalCrossentropy'

interface Samples {
  readonly x: Shape
  readonly data: Float32Array
  readonly t: Shape
  readonly target: Float32Array
}

/** All that a step computes. */
function stepGraph(model: Model, count: number): Graph {
  const criteria = criteriaOf(model, { loss: LOSS })
  const optimizer = adam()
  const emitted = lossGraph(model, { criteria, tally: new Tally(criteria.logged), rows: { t0: [CLASSES] } }, count, true)
  return trainingGraph(emitted, { optimizer, momentsOf: (w) => optimizer.state(w) })
}

async function theirs(tf: Tf, model: Model, { x, data, t, target }: Samples): Promise<Job> {
  const peer = await tfModel(tf, model)
  peer.compile({ optimizer: 'adam', loss: LOSS })
  const run = async () => {
    const [tx, tt] = [tf.tensor(data, x), tf.tensor(target, t)]
    const loss = await peer.trainOnBatch(tx, tt)
    tx.dispose()
    tt.dispose()
    return [loss]
  }
  return { run, dispose: () => peer.dispose() }
}

/** A step of `features` and a softmax on top, everything thawed. @param x with the batch first */
function stepRow(name: string, x: Shape, features: (x: SymbolicTensor) => SymbolicTensor, { quick = false } = {}): RowSource {
  const work: RowSource['work'] = () => {
    const count = x[0]!
    const t = [count, CLASSES]
    const data = values(x, 4)
    const target = Float32Array.from({ length: sizeOf(t) }, (_, i) => (i % CLASSES === Math.floor(i / CLASSES) % CLASSES ? 1 : 0))
    const input = layers.input({ shape: x.slice(1) })
    const outputs = layers.dense({ units: CLASSES, activation: 'softmax', name: 'predictions' }).apply(features(input))
    const model = new Model({ inputs: input, outputs })
    return {
      flops: flopsOf(stepGraph(model, count)),
      async ours(device) {
        await model.compile({ device, optimizer: adam(), loss: LOSS })
        const run = async () => {
          const { epochs } = await model.fit(
            { x: { shape: x, data }, y: { shape: t, data: target } },
            { batchSize: count, shuffle: false, cacheFeatures: false },
          )
          return [epochs[0]!.logs.loss]
        }
        return { run, dispose: () => model.dispose() }
      },
      theirs: (tf) => theirs(tf, model, { x, data, t, target }),
    }
  }
  return { name, kind: 'training', quick, work }
}

const head = (x: SymbolicTensor) => layers.dense({ units: 512, activation: 'relu', name: 'hidden' }).apply(x)

export const TRAINING_ROWS: readonly RowSource[] = [
  stepRow('head training step', [32, 2048], head, { quick: true }),
  stepRow('VGG block training step, 4x 28x28x64', [4, 28, 28, 64], vggBlock),
  stepRow('ResNet stage training step, 2x 14x14x512', [2, 14, 14, 512], resnetStage),
  stepRow('MobileNetV2 training step, 4x 96x96', [4, 96, 96, 3], mobileNetV2),
]
