/** One side of `--host` in a process of its own: what the host does for a network, from its first prediction to the training of a head. */
import { adapterLabel } from '../src/device/adapter.ts'
import { openDevice, type Device } from '../src/device/device.ts'
import { layers } from '../src/layers/index.ts'
import type { Network } from '../src/layers/network.ts'
import { inceptionV3 } from '../src/models/inception.ts'
import { resnet50 } from '../src/models/resnet.ts'
import { vgg16 } from '../src/models/vgg.ts'
import { nodeGpu } from '../src/node/adapter.ts'
import { filled } from '../src/parameter.ts'
import { sizeOf, type Shape } from '../src/shape.ts'
import { predictGraph } from '../src/training/predict_graph.ts'
import { toCategorical } from '../src/training/losses/index.ts'
import { Model } from '../src/training/model.ts'
import { adam } from '../src/training/optimizers/index.ts'
import { shadersOf } from '../tools/shaders.ts'
import { watch, type Watch } from './host_gpu.ts'
import { median, timed } from './stats.ts'
import { tfModel, tfRun, tfUpload, type Tf } from './tfjs.ts'
import { openTfjs } from './tfjs_node.ts'

/** With the channels of the last feature map, which a new head gets. */
export const NETWORKS = {
  inception_v3: { title: 'InceptionV3 299', size: 299, channels: 2048, build: inceptionV3 },
  resnet50: { title: 'ResNet50 224', size: 224, channels: 2048, build: resnet50 },
  vgg16: { title: 'VGG16 224', size: 224, channels: 512, build: vgg16 },
} as const

export type NetworkName = keyof typeof NETWORKS

/** Milliseconds, and what is counted. */
export interface Figures {
  readonly graph?: number
  readonly text?: number
  readonly first?: number
  readonly processor?: number
  readonly compile?: number
  readonly pipelines?: number
  readonly shaderBytes?: number
  readonly later1?: number
  readonly submit1?: number
  readonly later32?: number
  readonly submit32?: number
  readonly write32?: number
  readonly bytes32?: number
  readonly step?: number
  readonly fineTuning?: number
}

export interface SideReport {
  readonly adapter: string
  readonly figures: Figures
}

const BATCH = 32
/** Calls before those that count, and those; fewer where they take long, but one of each. */
const WARM_UP = { most: 3, ms: 1000 }
const COUNTED = { most: 50, ms: 2000 }

async function build(name: NetworkName): Promise<Model> {
  const model = await NETWORKS[name].build()
  return zeros(model)
}

/** Which values the weights have does not matter here, and these are made fast. */
function zeros<T extends Network>(model: T): T {
  for (const w of model.weights) w.source = filled(w.shape, 0)
  return model
}

function images(name: NetworkName, batch: number): { shape: Shape; data: Float32Array<ArrayBuffer> } {
  const shape = [batch, NETWORKS[name].size, NETWORKS[name].size, 3]
  return { shape, data: new Float32Array(sizeOf(shape)).fill(0.5) }
}

/** The head that is trained: 512 hidden units and 10 classes on the features of a trunk. */
function head(name: NetworkName): Model {
  const inputs = layers.input({ shape: [NETWORKS[name].channels] })
  const hidden = layers.dense({ units: 512, activation: 'relu', name: 'hidden' }).apply(inputs)
  return new Model({ inputs, outputs: layers.dense({ units: 10, activation: 'softmax', name: 'predictions' }).apply(hidden) })
}

/** Training steps of a head in an epoch, and those of the first epoch that do not count, since they compile and warm up. */
const STEPS = 128
const FIRST_STEPS = 32

function headData(name: NetworkName) {
  const count = STEPS * BATCH
  const shape = [count, NETWORKS[name].channels]
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10)
  const x = { shape, data: new Float32Array(sizeOf(shape)).fill(0.5) }
  return { x, y: { shape: [count, 10], data: Float32Array.from(toCategorical(labels, 10).data) } }
}

async function repeat({ most, ms }: typeof COUNTED, call: () => Promise<void>): Promise<void> {
  const end = performance.now() + ms
  for (let i = 0; i === 0 || (i < most && performance.now() < end); i++) await call()
}

/** Median times until the result and until the last submit, of calls that follow each other. */
async function later(seen: Watch, predict: () => Promise<unknown>): Promise<{ result: number; submit: number }> {
  const results: number[] = []
  const submits: number[] = []
  await repeat(WARM_UP, async () => void (await predict()))
  await repeat(COUNTED, async () => {
    const started = performance.now()
    await predict()
    results.push(performance.now() - started)
    submits.push(seen.submitted - started)
  })
  return { result: median(results), submit: median(submits) }
}

/** What both sides are asked. */
interface Side {
  readonly predict: (batch: number) => Promise<unknown>
  /** Milliseconds of a training step of a head. */
  readonly step: () => Promise<number>
  /** Milliseconds of a step of the whole network, all of it thawed. */
  readonly fineTuning: () => Promise<number | undefined>
}

async function measure(seen: Watch, { predict, step, fineTuning }: Side): Promise<Figures> {
  seen.reset()
  const before = process.cpuUsage()
  const first = await timed(() => predict(1))
  const { user, system } = process.cpuUsage(before)
  const { compileMs: compile, pipelines, shaderBytes } = seen
  const one = await later(seen, () => predict(1))
  const many = await later(seen, () => predict(BATCH))
  const predictions = { later1: one.result, submit1: one.submit, later32: many.result, submit32: many.submit }
  const counted = { compile, pipelines, shaderBytes, ...predictions, step: await step() }
  const thawed = await fineTuning()
  return { first, processor: (user + system) / 1000, ...counted, ...(thawed !== undefined && { fineTuning: thawed }) }
}

/** How long it takes to hand values to the GPU in the plainest way, for comparison. */
async function writeTime(gpu: GPUDevice, data: Float32Array<ArrayBuffer>): Promise<number> {
  const buffer = gpu.createBuffer({ size: data.byteLength, usage: GPUBufferUsage.COPY_DST })
  const times: number[] = []
  for (let i = 0; i < 10; i++) {
    const started = performance.now()
    gpu.queue.writeBuffer(buffer, 0, data)
    times.push(performance.now() - started)
    gpu.queue.submit([])
    await gpu.queue.onSubmittedWorkDone()
  }
  buffer.destroy()
  return median(times)
}

/** Pictures of a step that fine-tunes; steps of an epoch, and those of the first that do not count. */
const THAWED = { batch: 8, steps: 24, first: 8 }

/** The network without its top, and ten classes on it, all trainable. */
async function thawedModel(name: NetworkName): Promise<Model> {
  const trunk = await NETWORKS[name].build({ includeTop: false, pooling: 'avg' })
  const outputs = layers.dense({ units: 10, activation: 'softmax', name: 'new_predictions' }).apply(trunk.outputs[0]!)
  return zeros(new Model({ inputs: trunk.input, outputs }))
}

function thawedData(name: NetworkName) {
  const count = THAWED.batch * THAWED.steps
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10)
  return { x: images(name, count), y: { shape: [count, 10], data: Float32Array.from(toCategorical(labels, 10).data) } }
}

interface Data {
  readonly x: { readonly shape: Shape; readonly data: Float32Array<ArrayBuffer> }
  readonly y: { readonly shape: Shape; readonly data: Float32Array }
}

interface Steps {
  readonly batch: number
  /** In an epoch. */
  readonly steps: number
  /** Steps that do not count. */
  readonly first: number
}

/** Within one epoch and not to its end, where fit would refuse the loss of an adapter that computes nothing: 0 / 0. */
async function thawSteps(device: Device, model: Model, data: Data, { batch, steps, first }: Steps): Promise<number> {
  await model.compile({ device, optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const enough = new AbortController()
  const times: number[] = []
  const onProgress = () => {
    times.push(performance.now())
    if (times.length === steps - 1) enough.abort()
  }
  await model.fit(data, { batchSize: batch, onProgress, signal: enough.signal }).catch((error: unknown) => {
    if (error !== enough.signal.reason) throw error
  })
  return (times.at(-1)! - times[first - 1]!) / (times.length - first)
}

/** The second of two epochs. */
async function tfjsSteps(tf: Tf, model: Model, { x, y }: Data, { batch, steps }: Steps): Promise<number> {
  const trained = await tfModel(tf, model)
  trained.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const [tx, ty] = [x, y].map(({ data, shape }) => tf.tensor(data, shape))
  const ends: number[] = []
  const onEpochEnd = () => void ends.push(performance.now())
  await trained.fit(tx!, ty!, { epochs: 2, batchSize: batch, verbose: 0, callbacks: { onEpochEnd } })
  return (ends[1]! - ends[0]!) / steps
}

const HEAD: Steps = { batch: BATCH, steps: STEPS, first: FIRST_STEPS }

async function thaw(name: NetworkName): Promise<SideReport> {
  const gpu = await nodeGpu()
  const seen = watch(gpu)
  const device = await openDevice({ gpu })
  const model = await build(name)
  await model.compile({ device })
  await device.idle()
  const batches = new Map([1, BATCH].map((batch) => [batch, images(name, batch)]))
  const figures = await measure(seen, {
    predict: (batch) => model.predict(batches.get(batch)!),
    step: () => thawSteps(device, head(name), headData(name), HEAD),
    fineTuning: async () => thawSteps(device, await thawedModel(name), thawedData(name), THAWED),
  })
  const { shape, data } = batches.get(BATCH)!
  const write32 = await writeTime(device.gpu, data)
  const bytes = { shape, data: new Uint8Array(data.length).fill(128) }
  const { result: bytes32 } = await later(seen, () => model.predict(bytes))
  return { adapter: adapterLabel(device.info), figures: { ...figures, write32, bytes32 } }
}

/** Two parts of a first prediction that need no GPU, by themselves: inside it they go on while the driver compiles. */
async function thawParts(name: NetworkName): Promise<SideReport> {
  const device = await openDevice({ gpu: await nodeGpu() })
  const model = await build(name)
  const started = performance.now()
  const built = predictGraph(model, 1)
  const graph = performance.now() - started
  shadersOf(built, device)
  return { adapter: adapterLabel(device.info), figures: { graph, text: performance.now() - started - graph } }
}

async function tfjs(name: NetworkName): Promise<SideReport> {
  const gpu = await nodeGpu()
  const seen = watch(gpu)
  const tf = await openTfjs(gpu)
  const model = await tfModel(tf, await build(name))
  await tfUpload(tf, model)
  const batches = new Map([1, BATCH].map((batch) => [batch, images(name, batch)]))
  const figures = await measure(seen, {
    predict(batch) {
      const { data, shape } = batches.get(batch)!
      return tfRun(tf, data, shape, (x) => model.predict(x))
    },
    step: () => tfjsSteps(tf, head(name), headData(name), HEAD),
    // tfjs cannot train a batch normalisation without scale, which all of InceptionV3's are.
    fineTuning: async () => (name === 'inception_v3' ? undefined : tfjsSteps(tf, await thawedModel(name), thawedData(name), THAWED)),
  })
  return { adapter: adapterLabel((await gpu.requestAdapter())!.info), figures }
}

export const SIDES = { thaw, thawParts, tfjs } as const

export type SideName = keyof typeof SIDES
