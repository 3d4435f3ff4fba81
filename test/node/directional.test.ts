/**
 * One directional derivative of a whole network, all of it thawed, statistics by the batch: how the loss changes along a direction in the space of
 * all weights, against the gradients. What the gradients of single ops cannot show: that they are put together right. Of ResNet50 and InceptionV3 every
 * weight is compared with Keras (fine_tuning.test.ts). In Node alone: gradients of up to 15 million weights.
 */
import { expect, test } from 'vitest'
import { fuseEpilogues } from '../../src/graph/fuse.ts'
import { reachable, type Graph } from '../../src/graph/graph.ts'
import { layers } from '../../src/layers/index.ts'
import type { Network } from '../../src/layers/network.ts'
import { alexnet } from '../../src/models/alexnet.ts'
import { googlenet } from '../../src/models/googlenet.ts'
import { vgg16 } from '../../src/models/vgg.ts'
import type { PlanInputs } from '../../src/plan/plan.ts'
import { fromArray, type Parameter } from '../../src/parameter.ts'
import { sizeOf } from '../../src/shape.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { toCategorical } from '../../src/training/losses/index.ts'
import { Model } from '../../src/training/model.ts'
import { trainingGraph } from '../../src/training/step_graphs.ts'
import efficientnet from '../golden/models/efficientnet_b0_64.json' with { type: 'json' }
import mobilenetV2 from '../golden/models/mobilenet_v2_64.json' with { type: 'json' }
import { networkOf } from '../support/application_config.ts'
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'
import { classification } from '../support/objective.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'
import { asking } from '../support/training_golden.ts'
import { EPS } from '../reference/reference.ts'

const device = useDevice()

const [BATCH, CLASSES] = [4, 5]

/** What the loss is to change by along the direction, about: far more than it is rounded by, and little enough to be nearly straight. */
const CHANGE = 1 / 32

async function fromKeras({ config }: { config: string }): Promise<Network> {
  const trunk = await networkOf(config)
  return new Model({ inputs: trunk.input, outputs: layers.globalAveragePooling2d().apply(trunk.outputs[0]!) })
}

const trunk = (size: number) => ({ includeTop: false, inputShape: [size, size, 3], pooling: 'avg' }) as const

const NETWORKS: Readonly<Record<string, () => Promise<Network>>> = {
  vgg16: () => vgg16(trunk(32)),
  alexnet: () => alexnet(trunk(99)),
  googlenet: () => googlenet(trunk(64)),
  mobilenetV2: () => fromKeras(mobilenetV2),
  efficientnetB0: () => fromKeras(efficientnet),
}

function inputsOf(g: Graph, shape: readonly number[]): PlanInputs {
  const alive = reachable(g)
  const all: PlanInputs = {
    x0: recipeImage([BATCH, ...shape], 1 / 64).data.map((v) => v - 2),
    t0: toCategorical(Uint8Array.of(0, 1, 2, 4), CLASSES).data,
    weight: new Float32Array(BATCH).fill(1),
    dLoss: new Float32Array(BATCH).fill(1 / BATCH),
    seed: Uint32Array.of(7, 0),
  }
  return Object.fromEntries(g.nodes.flatMap((n) => (n.kind === 'input' && alive.has(n.id) && all[n.name] ? [[n.name, all[n.name]!]] : [])))
}

const read = ({ source, shape }: Parameter) => source.read(0, sizeOf(shape))

const length = (v: Float32Array) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0))

test.each(Object.keys(NETWORKS))('%s', async (name) => {
  const { input, outputs } = await NETWORKS[name]!()
  const scores = layers.dense({ units: CLASSES, activation: 'softmax', name: 'scores' }).apply(outputs[0]!)
  const model = new Model({ inputs: input, outputs: scores })
  useRecipe(model)
  const shape = input.shape.slice(1) as number[]
  const weights = model.weights.filter((w) => w.trainable)
  const values = new Map(await Promise.all(weights.map(async (w) => [w, await read(w)] as const)))

  const g = trainingGraph(lossGraph(model, classification(CLASSES), BATCH, true), { optimizer: asking, momentsOf: () => [] })
  const gradients = await runGraph(device(), g, inputsOf(g, shape))
  expect(Object.keys(gradients).sort()).toEqual(weights.map((w) => w.path).sort())

  // Each weight along its own gradient, in proportion to its length: where a part of a sum is missing, what it adds to the slope is far from the square.
  const directions = new Map(weights.map((w) => [w, length(values.get(w)!) / length(gradients[w.path]!)]))
  const slope = weights.reduce((sum, w) => sum + directions.get(w)! * length(gradients[w.path]!) ** 2, 0)
  const moved = (w: Parameter, h: number) => values.get(w)!.map((v, i) => v + h * directions.get(w)! * gradients[w.path]![i]!)
  const forward = lossGraph(model, classification(CLASSES), BATCH, true)
  const losses = fuseEpilogues(forward.select(forward.outputs))
  const lossAt = async (h: number): Promise<number> => {
    for (const w of weights) w.source = fromArray(w.shape, moved(w, h))
    const { loss } = await runGraph(device(), losses, inputsOf(losses, shape))
    return loss!.reduce((sum, x) => sum + x, 0) / BATCH
  }
  /** How much the loss changes, and how much it should by the gradients and by how far weights, which are rounded, have really moved. */
  const changes = async (h: number) => {
    const expected = weights.reduce((sum, w) => {
      const [above, below, dw] = [moved(w, h), moved(w, -h), gradients[w.path]!]
      return dw.reduce((s, v, i) => s + v * (above[i]! - below[i]!), sum)
    }, 0)
    return { actual: (await lossAt(h)) - (await lossAt(-h)), expected }
  }
  const h = CHANGE / 2 / slope
  const [near, far] = [await changes(h), await changes(2 * h)]
  // Of the loss, as if each layer rounded it once; and of what is left out of the series: four times as much at twice the distance.
  const rounding = model.layers.length * EPS * (await lossAt(0)) * 2
  const bound = rounding + Math.abs(near.actual - (near.expected * far.actual) / far.expected)
  expect(bound, 'the bound tells something').toBeLessThan(0.05 * near.expected)
  expect(Math.abs(near.actual - near.expected)).toBeLessThan(bound)
})
