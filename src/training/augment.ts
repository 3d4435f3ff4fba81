/** Augmentation that a call asks for: layers before the model, and predictions that are averaged over what they draw. */
import { ArgumentError } from '../errors.ts'
import { described } from '../described.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { Augmentation } from '../layers/augmentation/augmentation.ts'
import type { EmitContext, Masks } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import type { Plan, PlanInputs, PlanOutputs, Started } from '../plan/plan.ts'
import { nthSeed } from '../random.ts'
import { formatShape } from '../shape.ts'
import { checkInFront } from './picture_axes.ts'
import { begin, forInference, PREDICTING, type Running, type SampleTypes } from './predict_graph.ts'

/** How a graph runs that predicts while layers augment: dropout passes, statistics stay. */
export const AUGMENTING: Running = { ...PREDICTING, augment: true }

/** Test-time augmentation: several predictions of samples that are augmented, averaged. */
export interface AugmentOptions {
  /**
   * true: the Random* layers of the model draw as in training, and nothing else changes: dropout passes, statistics stay. A list: these layers before the
   * model, which has one input, and those in it. Default false.
   */
  augment?: boolean | readonly Augmentation[]
  /** How many predictions are averaged where there is augmentation. Default 8. */
  times?: number
  /** Of what is drawn. Same seed, batch size and adapter: the same bits. Default 0. */
  seed?: number
}

/** @throws ArgumentError unless it is a list of layers that augment */
export function checkAugmentation(where: string, layers: unknown): readonly Augmentation[] {
  if (Array.isArray(layers) && layers.length && layers.every((l) => l instanceof Augmentation)) return layers
  const got = Array.isArray(layers) ? `[${layers.map(described).join(', ')}]` : described(layers)
  throw new ArgumentError(where, `augment must be a list of layers that augment, such as layers.randomFlip(), got ${got}`)
}

/** Appends layers before a network. @throws ArgumentError unless it has one input, whose shape they keep, and the order of whose axes they have */
export function augmented(c: EmitContext, network: Network, samples: readonly Node[], layers: readonly Augmentation[]): Node {
  if (samples.length !== 1) throw new ArgumentError(network.name, `a model must have one input to be augmented, got ${samples.length}`)
  checkInFront(network, layers)
  let shape = network.inputs[0]!.shape
  let x = samples[0]!
  for (const layer of layers) {
    shape = layer.outputShape([shape])
    c.graph.scope = layer.name
    x = layer.emit(c, [x])
  }
  c.graph.scope = ''
  const [wanted, got] = [network.inputs[0]!.shape, shape].map(formatShape)
  if (wanted !== got) throw new ArgumentError(network.name, `layers that augment must keep the shape of the input, ${wanted}, got ${got}`)
  return x
}

/** The network's outputs `y0`, ... with these layers before it, if any; and their masks. */
export function augmentedOutputs(
  network: Network,
  batch: number,
  running: Running,
  types: SampleTypes,
  layers: readonly Augmentation[],
): { readonly graph: Graph; readonly masks: Masks } {
  const { graph, outputs, masks } = begin(network, batch, running, types, (c, samples) =>
    layers.length ? [augmented(c, network, samples, layers)] : samples,
  )
  outputs.forEach((y, i) => graph.outputs.set(`y${i}`, y))
  return { graph, masks }
}

/** Predictions that are averaged. */
export class Averaging {
  /** Before the model. */
  readonly layers: readonly Augmentation[]
  readonly times: number
  readonly #seed: number

  constructor(layers: readonly Augmentation[], times: number, seed: number) {
    this.layers = layers
    this.times = times
    this.#seed = seed
  }

  /** As `predictGraph`, with the layers that augment at work. Further input `seed`. */
  graph(network: Network, batch: number, types: SampleTypes): Graph {
    return forInference(augmentedOutputs(network, batch, AUGMENTING, types, this.layers).graph)
  }

  /** @throws ArgumentError for a plan that draws nothing */
  checkDraws(where: string, plan: Plan): void {
    if (plan.inputTypes.has('seed')) return
    const rule = 'augment: true needs a model with layers that augment'
    throw new ArgumentError(where, `${rule}, got one without (augment: [layers.randomFlip()] gives it some)`)
  }

  /**
   * Starts a plan that draws several times, each with draws of its own; its values are their means.
   * @param begin the number of the first sample, which the draws depend on
   */
  async start(plan: Plan, inputs: PlanInputs, names: readonly string[], begin: number): Promise<Started> {
    const { times } = this
    const sums = new Map<string, Float64Array>()
    const add = (outputs: PlanOutputs) => {
      for (const name of names) {
        const sum = sums.get(name)
        if (sum) outputs[name]!.forEach((v, i) => (sum[i]! += v))
        else sums.set(name, Float64Array.from(outputs[name]!))
      }
    }
    let added: Promise<void> = Promise.resolve()
    for (let time = 0; time < times; time++) {
      const { values } = await plan.start({ ...inputs, seed: Uint32Array.of(nthSeed(this.#seed, begin * times + time + 1), 0) }, names)
      added = Promise.all([values, added]).then(([outputs]) => add(outputs))
      added.catch(() => undefined) // heard of when the values are waited for
    }
    const values = added.then(() => Object.fromEntries([...sums].map(([name, sum]) => [name, Float32Array.from(sum, (v) => v / times)])))
    values.catch(() => undefined)
    return { values }
  }
}

/** What of the options of a call is about augmentation, or undefined. @throws ArgumentError */
export function averagingOf(where: string, { augment, times, seed }: AugmentOptions): Averaging | undefined {
  if (seed !== undefined && !Number.isInteger(seed)) {
    throw new ArgumentError(where, `seed must be a whole number, got ${described(seed)}`)
  }
  if (augment === undefined && (times !== undefined || seed !== undefined)) {
    throw new ArgumentError(where, `times and seed belong to augment, got ${times === undefined ? 'seed' : 'times'} without it`)
  }
  if (augment === undefined || augment === false) return undefined
  return new Averaging(augment === true ? [] : checkAugmentation(where, augment), times ?? 8, seed ?? 0)
}
