/** The rows: single kernels, training steps, whole networks cold and warm. Values go in and come out on all sides. */
import type { Device } from '../src/device/device.ts'
import { Graph } from '../src/graph/graph.ts'
import { conv2d } from '../src/kernels/conv2d/conv2d.ts'
import { dense } from '../src/kernels/dense/dense.ts'
import type { Op } from '../src/kernels/kernel.ts'
import { maxPool } from '../src/kernels/max_pool.ts'
import { softmax } from '../src/kernels/softmax.ts'
import { layers } from '../src/layers/index.ts'
import { inceptionV3 } from '../src/models/inception.ts'
import { resnet50 } from '../src/models/resnet.ts'
import { fromArray, Parameter } from '../src/parameter.ts'
import { parameterStoreOf } from '../src/plan/parameter_store.ts'
import { Plan } from '../src/plan/plan.ts'
import type { Shape } from '../src/shape.ts'
import { Model } from '../src/training/model.ts'
import { predictGraph } from '../src/training/predict_graph.ts'
import { values, type Job, type RowSource } from './compare.ts'
import { flopsOf } from './flops.ts'
import { mobileNetV2 } from './networks.ts'
import { tfModel, tfRun, type Tf, type TfTensor } from './tfjs.ts'
import { TRAINING_ROWS } from './training.ts'

/** One op with a weight or none, against the same of tfjs. */
function opRow<A extends object>(
  name: string,
  op: Op<A>,
  attrs: A,
  xShape: Shape,
  wShape: Shape | undefined,
  theirs: (tf: Tf, x: TfTensor, w: TfTensor) => TfTensor,
): RowSource {
  const work: RowSource['work'] = () => {
    const x = values(xShape, 1)
    const w = wShape && values(wShape, 2, 0.1)
    const graph = new Graph()
    const weight = w && new Parameter(name, 'w', fromArray(wShape, w))
    graph.outputs.set('y', graph.add(op, [graph.input('x', xShape), weight && graph.parameter(weight)], attrs))
    return {
      flops: flopsOf(graph),
      ours: (device) => planJob(device, graph, new Set(weight ? [weight] : []), x),
      theirs(tf) {
        const peerW = tf.tensor(w ?? new Float32Array(1), wShape ?? [1])
        return Promise.resolve({ run: () => tfRun(tf, x, xShape, (t) => theirs(tf, t, peerW)), dispose: () => peerW.dispose() })
      },
    }
  }
  return { name, kind: 'layer', quick: true, work }
}

async function planJob(device: Device, graph: Graph, parameters: ReadonlySet<Parameter>, x: Float32Array): Promise<Job> {
  const store = parameterStoreOf(device)
  await store.load(parameters)
  const plan = await Plan.compile(store, graph)
  const dispose = () => {
    plan.dispose()
    store.release(parameters)
  }
  return { run: async () => (await plan.run({ x }))['y']!, dispose }
}

function convRow(name: string, x: Shape, w: Shape, stride: number, padding: 'same' | 'valid'): RowSource {
  const attrs = { strides: [stride, stride] as const, padding, groups: 1, activation: 'linear' as const }
  return opRow(`conv2d ${name}`, conv2d, attrs, x, w, (tf, t, tw) => tf.conv2d(t, tw, [stride, stride], padding))
}

/** Height, width, channels. */
type Picture = readonly [number, number, number]

/** A network's predictions of one picture, with weights as they are before any training. */
function networkRow(name: string, size: number, build: (inputShape: Picture) => Promise<Model>, { quick = false } = {}): RowSource {
  const work: RowSource['work'] = async () => {
    const picture: Picture = [size, size, 3]
    const shape = [1, ...picture]
    const x = values(shape, 3)
    const model = await build(picture)
    return {
      flops: flopsOf(predictGraph(model, 1)),
      ours(device) {
        let compiled: Promise<void> | undefined
        const run = async () => {
          await (compiled ??= model.compile({ device, warmUpBatch: 1 })) // the first run is cold
          return (await model.predict({ shape, data: x })).data
        }
        return Promise.resolve({ run, dispose: () => model.dispose() })
      },
      async theirs(tf) {
        const peer = await tfModel(tf, model)
        return { run: () => tfRun(tf, x, shape, (t) => peer.predict(t)), dispose: () => peer.dispose() }
      },
    }
  }
  return { name, kind: 'network', quick, work }
}

const OFFICIAL = { includeTop: false, pooling: 'avg' } as const

function mobileNet(inputShape: Picture): Promise<Model> {
  const inputs = layers.input({ shape: inputShape })
  return Promise.resolve(new Model({ inputs, outputs: mobileNetV2(inputs) }))
}

export const ROWS: readonly RowSource[] = [
  convRow('3x3 64->64 56x56', [1, 56, 56, 64], [3, 3, 64, 64], 1, 'same'),
  convRow('3x3 128->128 28x28', [1, 28, 28, 128], [3, 3, 128, 128], 1, 'same'),
  convRow('3x3/2 288->384 15x15', [1, 15, 15, 288], [3, 3, 288, 384], 2, 'valid'),
  convRow('1x7 192->192 17x17', [1, 17, 17, 192], [1, 7, 192, 192], 1, 'same'),
  convRow('7x1 192->192 17x17', [1, 17, 17, 192], [7, 1, 192, 192], 1, 'same'),
  convRow('1x1 768->192 17x17', [1, 17, 17, 768], [1, 1, 768, 192], 1, 'same'),
  convRow('7x7/2 3->64 112x112', [1, 112, 112, 3], [7, 7, 3, 64], 2, 'same'),
  opRow('dense 32x2048->512', dense, { activation: 'linear' }, [32, 2048], [2048, 512], (tf, x, w) => tf.matMul(x, w)),
  opRow(
    'max pool 3x3/2 112x112x64',
    maxPool,
    { poolSize: [3, 3], strides: [2, 2], padding: 'valid' },
    [1, 112, 112, 64],
    undefined,
    (tf, x) => tf.maxPool(x, 3, 2, 'valid'),
  ),
  opRow('softmax 32x1000', softmax, {}, [32, 1000], undefined, (tf, x) => tf.softmax(x)),
  ...TRAINING_ROWS,
  networkRow('InceptionV3 139x139', 139, (inputShape) => inceptionV3({ ...OFFICIAL, inputShape }), { quick: true }),
  networkRow('ResNet50 224x224', 224, (inputShape) => resnet50({ ...OFFICIAL, inputShape })),
  networkRow('MobileNetV2 224x224', 224, mobileNet),
]
