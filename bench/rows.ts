/** The rows: single kernels, training steps, a whole network cold and warm. Values go in and come out on both sides. */
import { parameterStoreOf } from '../src/plan/parameter_store.ts'
import { Graph } from '../src/graph/graph.ts'
import { fromArray, Parameter } from '../src/parameter.ts'
import { Plan } from '../src/plan/plan.ts'
import { conv2d } from '../src/kernels/conv2d/conv2d.ts'
import { dense } from '../src/kernels/dense/dense.ts'
import type { Op } from '../src/kernels/kernel.ts'
import { maxPool } from '../src/kernels/max_pool.ts'
import { softmax } from '../src/kernels/softmax.ts'
import { inceptionV3 } from '../src/models/inception.ts'
import type { Shape } from '../src/shape.ts'
import { compare, expectSame, values, type RowSource } from './compare.ts'
import { row } from './report.ts'
import { timed } from './stats.ts'
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
  const measure: RowSource['measure'] = async (bench) => {
    const { device, tf } = bench
    const x = values(xShape, 1)
    const w = wShape && values(wShape, 2, 0.1)
    const g = new Graph()
    const weight = w && new Parameter(name, 'w', fromArray(wShape, w))
    g.outputs.set('y', g.add(op, [g.input('x', xShape), weight && g.parameter(weight)], attrs))
    const store = parameterStoreOf(device)
    const parameters = new Set(weight ? [weight] : [])
    await store.load(parameters)
    const plan = await Plan.compile(store, g)
    const peerW = tf.tensor(w ?? new Float32Array(1), wShape ?? [1])
    try {
      return [
        await compare(
          bench,
          name,
          async () => (await plan.run({ x }))['y']!,
          () => tfRun(tf, x, xShape, (t) => theirs(tf, t, peerW)),
        ),
      ]
    } finally {
      peerW.dispose()
      plan.dispose()
      store.release(parameters)
    }
  }
  return { name, measure }
}

function convRow(name: string, x: Shape, w: Shape, stride: number, padding: 'same' | 'valid'): RowSource {
  const attrs = { strides: [stride, stride] as const, padding, groups: 1, activation: 'linear' as const }
  return opRow(`conv2d ${name}`, conv2d, attrs, x, w, (tf, t, tw) => tf.conv2d(t, tw, [stride, stride], padding))
}

/** From the model object to the first result, and then again and again. */
const inception: RowSource = {
  name: 'InceptionV3 139x139',
  async measure(bench) {
    const { device, tf } = bench
    const shape = [1, 139, 139, 3]
    const x = values(shape, 3)
    using model = await inceptionV3({ includeTop: false, inputShape: [139, 139, 3], pooling: 'avg' })
    const peer = await tfModel(tf, model)
    const ours = async () => (await model.predict({ shape, data: x })).data
    const theirs = () => tfRun(tf, x, shape, (t) => peer.predict(t))
    let first: ArrayLike<number> = []
    let second: ArrayLike<number> = []
    const oursCold = await timed(async () => {
      await model.compile({ device, warmUpBatch: 1 })
      first = await ours()
    })
    const theirsCold = await timed(async () => (second = await theirs()))
    expectSame(this.name, first, second)
    const warm = await compare(bench, `${this.name} predict, warm`, ours, theirs)
    peer.dispose()
    return [row(`${this.name} predict, cold`, oursCold, theirsCold), warm]
  },
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
  inception,
]
