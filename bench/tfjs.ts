/** What the bench uses of tfjs, in Node and in a page, and our networks as its models. */
import type { Network } from '../src/layers/network.ts'
import type { Conv } from '../src/layers/conv.ts'
import type { Dense } from '../src/layers/dense.ts'
import type { BatchNormalization } from '../src/layers/normalization.ts'
import type { Pooling } from '../src/layers/pooling.ts'
import type { ZeroPadding } from '../src/layers/borders.ts'
import type { Layer, SymbolicTensor } from '../src/layers/layer.ts'
import { sizeOf, type Shape } from '../src/shape.ts'

export interface TfTensor {
  readonly shape: number[]
  readonly dataId: object
  data(): Promise<Float32Array>
  dispose(): void
}

export interface TfModel {
  predict(x: TfTensor): TfTensor
  compile(options: { optimizer: string; loss: string; metrics?: string[] }): void
  trainOnBatch(x: TfTensor, y: TfTensor): Promise<number>
  fit(
    x: TfTensor,
    y: TfTensor,
    options: { epochs: number; batchSize: number; verbose: 0; callbacks: { onEpochEnd: () => void } },
  ): Promise<unknown>
  readonly weights: { read(): TfTensor }[]
  layers: { name: string; setWeights(weights: TfTensor[]): void }[]
  dispose(): void
}

type Symbolic = object
interface TfLayer {
  apply(x: Symbolic | Symbolic[]): Symbolic
}

export interface Tf {
  tensor(data: Float32Array, shape: readonly number[]): TfTensor
  tidy<T>(job: () => T): T
  conv2d(x: TfTensor, w: TfTensor, strides: readonly number[], padding: 'same' | 'valid'): TfTensor
  matMul(a: TfTensor, b: TfTensor): TfTensor
  maxPool(x: TfTensor, size: number, strides: number, padding: 'same' | 'valid'): TfTensor
  softmax(x: TfTensor): TfTensor
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  backend(): { uploadToGPU(dataId: object): void; readonly queue: GPUQueue }
  input(options: { shape: readonly number[] }): Symbolic
  model(options: { inputs: Symbolic; outputs: Symbolic }): TfModel
  layers: Record<string, (options: object) => TfLayer>
}

/** Values come from our layer afterwards, so the first ones are made as fast as can be. */
const START = { kernelInitializer: 'zeros' }

function convert(tf: Tf, layer: Layer): TfLayer {
  const { name } = layer
  const conv = layer as unknown as Omit<Conv, 'className'> &
    Omit<Dense, 'className'> &
    Omit<BatchNormalization, 'className'> &
    Omit<Pooling, 'className'>
  switch (layer.className) {
    case 'Conv2D': {
      const { filters, kernelSize, strides, padding, useBias, activation } = conv
      return tf.layers['conv2d']!({ ...START, name, filters, kernelSize, strides, padding, useBias, activation })
    }
    case 'DepthwiseConv2D': {
      const { kernelSize, strides, padding, useBias } = conv
      return tf.layers['depthwiseConv2d']!({ depthwiseInitializer: 'zeros', name, kernelSize, strides, padding, useBias })
    }
    case 'Dense':
      return tf.layers['dense']!({ ...START, name, units: conv.units, activation: conv.activation, useBias: conv.useBias })
    case 'BatchNormalization': {
      const { epsilon, momentum, scale, center } = conv
      return tf.layers['batchNormalization']!({ name, epsilon, momentum, scale, center })
    }
    case 'Activation':
      return tf.layers['activation']!({ name, activation: conv.activation })
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      const { poolSize, strides, padding } = conv
      return tf.layers[layer.className === 'MaxPooling2D' ? 'maxPooling2d' : 'averagePooling2d']!({ name, poolSize, strides, padding })
    }
    case 'GlobalAveragePooling2D':
      return tf.layers['globalAveragePooling2d']!({ name })
    case 'ZeroPadding2D': {
      const [top, left, bottom, right] = (layer as ZeroPadding).counts
      const padding = [
        [top, bottom],
        [left, right],
      ]
      return tf.layers['zeroPadding2d']!({ name, padding })
    }
    case 'Flatten':
      return tf.layers['flatten']!({ name })
    case 'Add':
      return tf.layers['add']!({ name })
    case 'Concatenate':
      return tf.layers['concatenate']!({ name })
    default:
      throw new Error(`no tfjs layer for ${layer.className}`)
  }
}

/** The same network with the same weights. */
export async function tfModel(tf: Tf, network: Network): Promise<TfModel> {
  const input = tf.input({ shape: network.input.shape.slice(1) as number[] })
  const made = new Map<SymbolicTensor, Symbolic>([[network.input, input]])
  const get = (t: SymbolicTensor): Symbolic => {
    const known = made.get(t)
    if (known) return known
    const inputs = t.inputs.map(get)
    const y = convert(tf, t.layer).apply(inputs.length === 1 ? inputs[0]! : inputs)
    made.set(t, y)
    return y
  }
  const model = tf.model({ inputs: input, outputs: get(network.outputs[0]!) })
  for (const layer of model.layers) {
    const ours = network.layers.find((l) => l.name === layer.name)
    if (!ours?.weights.length) continue
    const weights: TfTensor[] = []
    for (const { source, shape } of ours.weights) weights.push(tf.tensor(await source.read(0, sizeOf(shape)), shape))
    layer.setWeights(weights)
    weights.forEach((w) => w.dispose())
  }
  return model
}

/** Brings the weights to the GPU, which tfjs does by itself when they are first used. */
export async function tfUpload(tf: Tf, model: TfModel): Promise<void> {
  const backend = tf.backend()
  for (const weight of model.weights) backend.uploadToGPU(weight.read().dataId)
  await backend.queue.onSubmittedWorkDone()
}

/** Values in, values out. */
export async function tfRun(tf: Tf, data: Float32Array, shape: Shape, op: (x: TfTensor) => TfTensor): Promise<Float32Array> {
  const y = tf.tidy(() => op(tf.tensor(data, shape)))
  const values = await y.data()
  y.dispose()
  return values
}
