/** Every shader text that the networks of `src/models` are computed with, on adapters of every kind; needs none of them. */
import { BASE_CAPS, type Caps } from '../src/caps.ts'
import { NETWORKS } from '../src/models/networks.ts'
import { reachable, type Graph, type OpNode } from '../src/graph/graph.ts'
import { lower } from '../src/graph/lower.ts'
import { layers } from '../src/layers/index.ts'
import { OperationLayer } from '../src/layers/operations/operation.ts'
import { alexnet } from '../src/models/alexnet.ts'
import type { ApplicationOptions } from '../src/models/application.ts'
import { googlenet } from '../src/models/googlenet.ts'
import { filled, Parameter } from '../src/parameter.ts'
import { CHOICES, kernelsOf, type Choice } from '../src/plan/kernels.ts'
import { evaluationGraph, gatheringGraph, lossGraph, splitLoss, storingGraph, type Objective } from '../src/training/graphs.ts'
import { predictGraph } from '../src/training/predict_graph.ts'
import { accumulatingGraph, trainingGraph } from '../src/training/step_graphs.ts'
import { tapsOf } from '../src/loaders/images/resize.ts'
import { pictureGraph } from '../src/training/shown_pictures.ts'
import { criteriaOf } from '../src/training/criteria.ts'
import { imageDataGenerator } from '../src/training/generator.ts'
import { losses, type LossName } from '../src/training/losses/index.ts'
import { Tally } from '../src/training/metrics/index.ts'
import { Model, type AnyModel } from '../src/training/model.ts'
import { adadelta, adagrad, adam, adamax, adamw, lion, nadam, rmsprop, sgd, type Optimizer } from '../src/training/optimizers/index.ts'

/** What of an adapter the shaders of a graph depend on. */
export interface AdapterFacts {
  readonly caps: Caps
  readonly maxTensorBytes: number
}

export interface Shader {
  readonly op: string
  readonly wgsl: string
}

/** WebGPU's default limit for a binding: what is larger is split. */
const BINDING_BYTES = 128 * 1024 * 1024

/** None has subgroups, which Firefox does not offer. */
const ADAPTERS: Readonly<Record<string, AdapterFacts>> = {
  software: { caps: { ...BASE_CAPS, software: true }, maxTensorBytes: Infinity },
  small_software: { caps: { ...BASE_CAPS, software: true }, maxTensorBytes: BINDING_BYTES },
  gpu: { caps: { ...BASE_CAPS, f16: true, workgroupBytes: 32768, invocations: 1024 }, maxTensorBytes: Infinity },
  small_gpu: { caps: BASE_CAPS, maxTensorBytes: BINDING_BYTES },
}

/** The shaders of a graph's ops, as the plan makes them: one for all that are alike. */
export function shadersOf(graph: Graph, { caps, maxTensorBytes }: AdapterFacts, choice?: Choice): Shader[] {
  const lowered = lower(graph, maxTensorBytes, caps)
  const alive = reachable(lowered)
  const ops = lowered.nodes.filter((n): n is OpNode => n.kind === 'op' && alive.has(n.id))
  return [...kernelsOf(ops, caps, choice)].map(({ nodes, kernel: { wgsl } }) => ({ op: nodes[0]!.op.name, wgsl }))
}

type Build = (options?: ApplicationOptions) => Promise<AnyModel>

/** The networks that the command line knows, and their other forms. */
const BUILDS: Readonly<Record<string, Build>> = {
  ...Object.fromEntries(Object.entries(NETWORKS).map(([name, { build }]) => [name, build])),
  caffenet: (options) => alexnet({ ...options, variant: 'caffenet' }),
  googlenet_heads: (options) => googlenet({ ...options, auxiliaryHeads: options?.includeTop ?? true }),
}

const BATCH = 32

const CLASSES = 10

/** A new head on a frozen trunk. */
async function transfer(build: Build): Promise<AnyModel> {
  const trunk = await build({ includeTop: false, pooling: 'avg' })
  trunk.trainable = false
  let x = layers.dense({ units: 512, activation: 'relu' }).apply(trunk.outputs[0]!)
  x = layers.dropout({ rate: 0.5 }).apply(x)
  return new Model({ inputs: trunk.input, outputs: layers.dense({ units: CLASSES, activation: 'softmax' }).apply(x) })
}

/** Layers of its own that a network trains, the others frozen: dense layers, convolutions of the last stage of ResNets, all. */
const THAWED = [/^(fc|predictions|loss3)/, /^(conv5_.*_conv|res5)/, /^/]

/** Training steps: of a new head with each optimizer, of dense layers as large as VGG's fc1, of convolutions. */
function steps(whole: AnyModel, headed: AnyModel): Graph[] {
  const objective = (network: AnyModel): Objective => {
    const criteria = criteriaOf(network, { loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    return { criteria, tally: new Tally(criteria.logged), rows: { t0: network.outputs[0]!.shape.slice(1) as number[] } }
  }
  const step = (emitted: Graph, optimizer: Optimizer) => trainingGraph(emitted, { optimizer, momentsOf: (w) => optimizer.state(w) })
  const validation = splitLoss(headed, lossGraph(headed, objective(headed), BATCH, false))!
  const rows = new Map(validation.features.map(({ name, shape }) => [name, new Parameter('rows', name, filled(shape, 0))]))
  const sumOf = (w: Parameter) => new Parameter(w.layer, `${w.name}/gradient`, filled(w.shape, 0))
  const own = whole.outputs.length > 1 ? [] : THAWED.filter((thawed) => whole.layers.some((layer) => thawed.test(layer.name)))
  return [
    ...[adam(), sgd(), sgd({ momentum: 0.9 })].map((o) =>
      step(splitLoss(headed, lossGraph(headed, objective(headed), BATCH, true))!.head, o),
    ),
    accumulatingGraph(splitLoss(headed, lossGraph(headed, objective(headed), BATCH, true))!.head, sumOf),
    storingGraph(validation, rows),
    gatheringGraph(evaluationGraph(validation.head), rows),
    ...own.map((thawed) => {
      for (const layer of whole.layers) layer.trainable = thawed.test(layer.name)
      return step(lossGraph(whole, objective(whole), BATCH, true), adam())
    }),
  ]
}

/** What no network has by itself: every loss, every optimizer, the metrics that go with class scores, layers that augment above weights. */
function rules(): Graph[] {
  const input = layers.input({ shape: [8, 8, 3] })
  const generator = imageDataGenerator({ channelShiftRange: 20, samplewiseStdNormalization: true })
  const augmented = [
    layers.conv2d({ filters: 3, kernelSize: 1 }),
    layers.randomFlip(),
    layers.randomRotation({ factor: 0.2 }),
    layers.randomContrast({ factor: 0.2 }),
    layers.randomHue({ factor: 0.2 }),
    layers.randomErasing(),
  ].reduce((x, layer) => layer.apply(x), generator.apply(input))
  const outputs = layers.dense({ units: CLASSES, activation: 'softmax' }).apply(layers.globalAveragePooling2d().apply(augmented))
  const model = new Model({ inputs: input, outputs })
  const names = [
    'accuracy',
    'topKCategoricalAccuracy',
    'precision',
    'recall',
    'auc',
    'f1Score',
    'confusionMatrix',
    'meanAbsoluteError',
  ] as const
  const options = { clipnorm: 1, weightDecay: 0.01, useEma: true }
  const optimizers = [adadelta, adagrad, adam, adamax, adamw, lion, nadam, rmsprop, sgd].map((make) => make(options))
  const step = (loss: LossName, optimizer: Optimizer) => {
    const criteria = criteriaOf(model, { loss, metrics: loss === 'categoricalCrossentropy' ? names : [] })
    const rows = { t0: loss.startsWith('sparse') ? [1] : [CLASSES] }
    return trainingGraph(lossGraph(model, { criteria, tally: new Tally(criteria.logged), rows }, 5, true), {
      optimizer,
      momentsOf: (w) => optimizer.state(w),
    })
  }
  return [
    ...(Object.keys(losses) as LossName[]).map((name) => step(name, adam())),
    ...optimizers.map((optimizer) => step('categoricalCrossentropy', optimizer)),
  ]
}

/** What an operation of one tensor is applied to. */
const ITSELF = { tensor: 0 }

/** Layers that no network has: operations, convolutions with holes, normalisations within samples, noise; in whole vectors of channels, and not. */
function others(): Graph[] {
  return [6, 8].map((filters) => {
    const input = layers.input({ shape: [9, 8, 3] })
    const x = [
      layers.conv2d({ filters, kernelSize: 3, dilationRate: 2 }),
      layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', dilationRate: [1, 2] }),
      layers.layerNormalization(),
      layers.layerNormalization({ axis: [1, 2, 3] }),
      layers.layerNormalization({ axis: [1, 2] }),
      layers.groupNormalization({ groups: 2 }),
      layers.unitNormalization({ axis: 1 }),
      layers.conv2dTranspose({ filters, kernelSize: 3, dilationRate: 2 }),
      layers.gaussianNoise({ stddev: 0.1 }),
      layers.alphaDropout({ rate: 0.1 }),
      ...['Absolute', 'Sqrt', 'Rsqrt', 'Log', 'Sign', 'Floor', 'Ceil', 'Round'].map((op) => new OperationLayer(op, [ITSELF], {}, {})),
      new OperationLayer('Power', [ITSELF, 1.5], {}, {}),
      new OperationLayer('TrueDivide', [1, ITSELF], {}, {}),
      new OperationLayer('Flip', [ITSELF], { axis: -1 }, {}),
      layers.globalAveragePooling2d(),
      layers.dense({ units: CLASSES, activation: 'softmax' }),
    ].reduce((y, layer) => layer.apply(y), input)
    const model = new Model({ inputs: input, outputs: x })
    const criteria = criteriaOf(model, { loss: 'categoricalCrossentropy' })
    const emitted = lossGraph(model, { criteria, tally: new Tally(criteria.logged), rows: { t0: [CLASSES] } }, 5, true)
    const optimizer = sgd()
    return trainingGraph(emitted, { optimizer, momentsOf: (w) => optimizer.state(w) })
  })
}

/** Pictures that a page shows, as samples: in colour, reversed, and in grey. */
function pictures(): Graph[] {
  const taps = [tapsOf(300, 224, 'bilinear'), tapsOf(200, 224, 'bilinear')] as const
  const spec = { size: [224, 224], interpolation: 'bilinear', preprocess: 'none' } as const
  return (['rgb', 'grayscale'] as const).flatMap((colorMode) =>
    [false, true]
      .filter((reverse) => !reverse || colorMode === 'rgb')
      .map((reverse) => pictureGraph(200, 320, taps, { ...spec, colorMode }, reverse)),
  )
}

/** Predictions, one of bytes and many of f32 at a time; a frozen trunk by itself; training. */
async function graphsOf(build: Build): Promise<Graph[]> {
  const [whole, headed, trunk] = [await build(), await transfer(build), await build({ includeTop: false, pooling: 'avg' })]
  return [predictGraph(whole, 1, ['u8']), predictGraph(whole, BATCH), predictGraph(trunk, BATCH), ...steps(whole, headed)]
}

/** Each distinct shader once, by a file name that says where it was met first: `conv2d-vgg16-gpu-17`. */
export async function allShaders(): Promise<Map<string, Shader>> {
  const named = new Map<string, Shader>()
  const texts = new Set<string>()
  const networks = Object.entries(BUILDS).map(([name, build]) => [name, () => graphsOf(build)] as const)
  const sources = [...networks, ['rules', rules] as const, ['others', others] as const, ['pictures', pictures] as const]
  for (const [network, made] of sources) {
    const graphs = await made()
    for (const [adapter, facts] of Object.entries(ADAPTERS)) {
      for (const shader of graphs.flatMap((graph) => CHOICES.flatMap((choice) => shadersOf(graph, facts, choice)))) {
        if (texts.has(shader.wgsl)) continue
        texts.add(shader.wgsl)
        named.set(`${shader.op}-${network}-${adapter}-${texts.size}`, shader)
      }
    }
  }
  return named
}
