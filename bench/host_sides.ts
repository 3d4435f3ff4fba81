/** One side of `--host` in a process of its own: what the host does for a network, from its first prediction to the training of a head. */
import { adapterLabel, openDevice, type Device } from '../src/device/device.ts'
import { layers } from '../src/layers/index.ts'
import type { Network } from '../src/layers/network.ts'
import { inceptionV3 } from '../src/models/inception.ts'
import { resnet50 } from '../src/models/resnet.ts'
import { vgg16 } from '../src/models/vgg.ts'
import { nodeGpu } from '../src/node/adapter.ts'
import { filled } from '../src/parameter.ts'
import { sizeOf, type Shape } from '../src/shape.ts'
import { predictGraph } from '../src/training/graphs.ts'
import { toCategorical } from '../src/training/losses.ts'
import { Model } from '../src/training/model.ts'
import { adam } from '../src/training/optimizers.ts'
import { shadersOf } from '../tools/shaders.ts'
import { watch, type Watch } from './host_gpu.ts'
import { median, timed } from './stats.ts'
import { openTfjs, tfModel, tfRun, tfUpload, type Tf } from './tfjs.ts'

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
}

async function measure(seen: Watch, { predict, step }: Side): Promise<Figures> {
  seen.reset()
  const before = process.cpuUsage()
  const first = await timed(() => predict(1))
  const { user, system } = process.cpuUsage(before)
  const { compileMs: compile, pipelines, shaderBytes } = seen
  const one = await later(seen, () => predict(1))
  const many = await later(seen, () => predict(BATCH))
  const predictions = { later1: one.result, submit1: one.submit, later32: many.result, submit32: many.submit }
  return { first, processor: (user + system) / 1000, compile, pipelines, shaderBytes, ...predictions, step: await step() }
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

/** Within one epoch and not to its end, where fit would refuse the loss of an adapter that computes nothing: 0 / 0. */
async function thawStep(device: Device, name: NetworkName): Promise<number> {
  const trained = head(name)
  await trained.compile({ device, optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const enough = new AbortController()
  const times: number[] = []
  const onProgress = () => {
    times.push(performance.now())
    if (times.length === STEPS - 1) enough.abort()
  }
  await trained.fit(headData(name), { batchSize: BATCH, onProgress, signal: enough.signal }).catch((error: unknown) => {
    if (error !== enough.signal.reason) throw error
  })
  return (times.at(-1)! - times[FIRST_STEPS - 1]!) / (times.length - FIRST_STEPS)
}

/** The second of two epochs. */
async function tfjsStep(tf: Tf, name: NetworkName): Promise<number> {
  const trained = await tfModel(tf, head(name))
  trained.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const { x, y } = headData(name)
  const [tx, ty] = [x, y].map(({ data, shape }) => tf.tensor(data, shape))
  const ends: number[] = []
  const onEpochEnd = () => void ends.push(performance.now())
  await trained.fit(tx!, ty!, { epochs: 2, batchSize: BATCH, verbose: 0, callbacks: { onEpochEnd } })
  return (ends[1]! - ends[0]!) / STEPS
}

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
    step: () => thawStep(device, name),
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
    step: () => tfjsStep(tf, name),
  })
  return { adapter: adapterLabel((await gpu.requestAdapter())!.info), figures }
}

export const SIDES = { thaw, thawParts, tfjs } as const

export type SideName = keyof typeof SIDES
