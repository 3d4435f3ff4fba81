/** What `fit` says by itself: that other layers train than the last time. */
import type { Network } from '../layers/network.ts'
import { weightedLayers } from '../layers/weighted_layers.ts'

/** What has become of `trainable` since the last `fit` of a model. See {@link Model}. */
export interface FitNote {
  /** For people. */
  readonly text: string
  /** Layers that train and did not, by path: `trunk/conv1`. */
  readonly thawed: readonly string[]
  /** Layers that do not train any more. */
  readonly frozen: readonly string[]
  /** Elements of the weights that train. */
  readonly parameters: number
}

/** Paths of the layers that trained the last time, by model. */
const trained = new WeakMap<Network, ReadonlySet<string>>()

/** Names that a text has before it counts the rest. */
const NAMED = 4

function listed(what: string, names: readonly string[]): string[] {
  if (!names.length) return []
  const rest = names.length - NAMED
  return [`${what}: ${names.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`]
}

/** What trains now is what trained the last time, from here on. @returns what has changed, where there was a last time */
export function noteChange(network: Network): FitNote | undefined {
  const before = trained.get(network)
  const now = new Set(weightedLayers(network).flatMap(({ layer, path }) => (layer.changing.length ? [path] : [])))
  trained.set(network, now)
  const [thawed, frozen] = [[...now].filter((path) => !before?.has(path)), [...(before ?? [])].filter((path) => !now.has(path))]
  if (!before || !(thawed.length + frozen.length)) return undefined
  const { trainable, total } = network.paramCounts()
  const parts = [...listed('thawed', thawed), ...listed('frozen', frozen), `${trainable} of ${total} parameters train`]
  return { text: `since the last fit, ${parts.join('; ')}`, thawed, frozen, parameters: trainable }
}
