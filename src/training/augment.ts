/** Augmentation that a call asks for: layers before the model, and predictions that are averaged over what they draw. */
import { ArgumentError } from '../errors.ts'
import { described } from '../described.ts'
import type { Node } from '../graph/graph.ts'
import { Augmentation } from '../layers/augmentation/augmentation.ts'
import type { EmitContext } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import type { Plan, PlanInputs, PlanOutputs, Started } from '../plan/plan.ts'
import { nthSeed } from '../random.ts'
import { formatShape } from '../shape.ts'

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

/** What `checkOptions` takes for AugmentOptions. */
export const AUGMENT_OPTIONS = { augment: 'any', times: 'positive whole number', seed: 'any' } as const

/** Predictions that are averaged. */
export interface Averaging {
  /** Before the model. */
  readonly layers: readonly Augmentation[]
  readonly times: number
  readonly seed: number
}

/** @throws ArgumentError unless it is a list of layers that augment */
export function checkAugmentation(where: string, layers: unknown): readonly Augmentation[] {
  if (Array.isArray(layers) && layers.length && layers.every((l) => l instanceof Augmentation)) return layers
  const got = Array.isArray(layers) ? `[${layers.map(described).join(', ')}]` : described(layers)
  throw new ArgumentError(where, `augment must be a list of layers that augment, such as layers.randomFlip(), got ${got}`)
}

/** Appends layers before a network. @throws ArgumentError unless it has one input, whose shape they keep */
export function augmented(c: EmitContext, network: Network, samples: readonly Node[], layers: readonly Augmentation[]): Node {
  if (samples.length !== 1) throw new ArgumentError(network.name, `a model must have one input to be augmented, got ${samples.length}`)
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

/** What of the options of a call is about augmentation, or undefined. @throws ArgumentError */
export function averagingOf(where: string, { augment, times, seed }: AugmentOptions): Averaging | undefined {
  if (seed !== undefined && !Number.isInteger(seed)) {
    throw new ArgumentError(where, `seed must be a whole number, got ${described(seed)}`)
  }
  if (augment === undefined && (times !== undefined || seed !== undefined)) {
    throw new ArgumentError(where, `times and seed belong to augment, got ${times === undefined ? 'seed' : 'times'} without it`)
  }
  if (augment === undefined || augment === false) return undefined
  return { layers: augment === true ? [] : checkAugmentation(where, augment), times: times ?? 8, seed: seed ?? 0 }
}

/** @throws ArgumentError for a plan that draws nothing */
export function checkDraws(where: string, plan: Plan): void {
  if (plan.inputTypes.has('seed')) return
  const rule = 'augment: true needs a model with layers that augment'
  throw new ArgumentError(where, `${rule}, got one without (augment: [layers.randomFlip()] gives it some)`)
}

/**
 * Starts a plan that draws several times, each with draws of its own; its values are their means.
 * @param begin the number of the first sample, which the draws depend on
 */
export async function startAveraged(
  plan: Plan,
  inputs: PlanInputs,
  names: readonly string[],
  { times, seed }: Averaging,
  begin: number,
): Promise<Started> {
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
    const { values } = await plan.start({ ...inputs, seed: Uint32Array.of(nthSeed(seed, begin * times + time + 1), 0) }, names)
    added = Promise.all([values, added]).then(([outputs]) => add(outputs))
    added.catch(() => undefined) // heard of when the values are waited for
  }
  const values = added.then(() => Object.fromEntries([...sums].map(([name, sum]) => [name, Float32Array.from(sum, (v) => v / times)])))
  values.catch(() => undefined)
  return { values }
}
