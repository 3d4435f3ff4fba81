/** The four cases, and what `transfer` tells of what it did. */
import type { Network } from '../layers/network.ts'
import { unrolled } from '../layers/unrolled.ts'
import { topology } from '../layers/topology.ts'
import type { Model } from '../training/model.ts'
import type { Parameter } from '../parameter.ts'
import { sizeOf } from '../shape.ts'

export interface TransferCase {
  readonly number: 1 | 2 | 3 | 4
  readonly dataSize: 'small' | 'large'
  readonly similarity: 'similar' | 'different'
  /** Whether the layers that are kept are frozen. */
  readonly frozen: boolean
  readonly why: string
}

export const CASES: readonly TransferCase[] = [
  {
    number: 1,
    dataSize: 'small',
    similarity: 'similar',
    frozen: true,
    why: 'few samples would overfit the whole network, so its weights stay; samples alike have the same higher-level features, so they are kept',
  },
  {
    number: 2,
    dataSize: 'small',
    similarity: 'different',
    frozen: true,
    why: 'few samples would overfit the whole network, so its weights stay; other samples share its early, general features only',
  },
  {
    number: 3,
    dataSize: 'large',
    similarity: 'similar',
    frozen: false,
    why: 'many samples do not overfit, so all weights train; samples alike have the same features, so training begins with the old weights',
  },
  {
    number: 4,
    dataSize: 'large',
    similarity: 'different',
    frozen: false,
    why: 'many samples do not overfit, so all weights train; they may begin anew, or with the old weights where that is faster',
  },
]

/** What to train with. */
export interface TransferAdvice {
  /** For Adam. */
  readonly learningRate: number
  readonly text: string
}

export function adviceOf({ frozen }: TransferCase, random: boolean): TransferAdvice {
  if (frozen)
    return { learningRate: 1e-3, text: 'the frozen part runs once for each sample, so that epochs cost little: train until val_loss rises' }
  if (random) return { learningRate: 1e-3, text: 'expect many epochs; augmentation helps' }
  // Keras's guide, https://keras.io/guides/transfer_learning
  const text =
    'train the new layers alone first (trunk.trainable = false, compile, fit), then all of it at this low rate, so that little is undone'
  return { learningRate: 1e-5, text }
}

const paramsOf = (weights: Iterable<Parameter>): number => [...new Set(weights)].reduce((n, w) => n + sizeOf(w.shape), 0)
const group = (n: number): string => n.toLocaleString('en-US')
const counted = (n: number, what: string): string => `${group(n)} ${what}${n === 1 ? '' : 's'}`

interface Done {
  readonly kind: TransferCase
  readonly network: Network
  readonly trunk: Model
  readonly model: Model
  readonly random: boolean
  readonly advice: TransferAdvice
}

/** What {@link transfer} gives: a model to compile and fit, and what was done. */
export class Transfer {
  /** The whole: to be compiled, and trained. */
  readonly model: Model
  /** The part that was kept: to be thawed later (`unfreezeFrom`), or frozen. */
  readonly trunk: Model
  /** The lesson's number of the case. */
  readonly case: 1 | 2 | 3 | 4
  /** Names of the network's layers that were kept, in order, those of networks in it instead of them. */
  readonly kept: readonly string[]
  /** Names of those that were not. */
  readonly removed: readonly string[]
  /** Names of the layers that are new: what is in front, the head, the classifier. */
  readonly added: readonly string[]
  /** Whether the kept layers' weights are frozen. */
  readonly frozen: boolean
  /** Whether the kept layers' weights are new random ones. */
  readonly reinitialized: boolean
  /** For Adam. */
  readonly learningRate: number
  readonly #done: Done

  constructor(done: Done) {
    const { kind, network, trunk, model, random, advice } = done
    this.#done = done
    this.model = model
    this.trunk = trunk
    this.case = kind.number
    this.frozen = kind.frozen
    this.reinitialized = random
    this.learningRate = advice.learningRate
    const names = (n: Network) => topology(unrolled(n)).layers.flatMap((l) => (l.className === 'InputLayer' ? [] : [l.name]))
    this.kept = names(trunk)
    this.removed = names(network).filter((name) => !this.kept.includes(name))
    this.added = model.layers.flatMap((l) => (l === trunk || l.className === 'InputLayer' ? [] : [l.name]))
  }

  /** What was done and why, in lines of text: layers, parameters, advice. */
  describe(): string {
    const { kind, network, trunk, model, advice } = this.#done
    const weights = new Set(trunk.weights)
    const gone = network.weights.filter((w) => !weights.has(w))
    const fresh = model.weights.filter((w) => !weights.has(w))
    const state = this.reinitialized ? 'with new random weights' : this.frozen ? 'frozen' : 'with pre-trained weights, all of which train'
    const { total, trainable } = model.paramCounts()
    const removed = this.removed.length
      ? `${counted(this.removed.length, 'layer')} behind, ${this.removed[0]} to ${this.removed.at(-1)} (${group(paramsOf(gone))} parameters)`
      : 'nothing'
    return [
      `Case ${this.case} of transfer learning: a ${kind.dataSize} data set, ${kind.similarity === 'similar' ? 'similar to' : 'different from'} that of ${network.name}`,
      `Why: ${kind.why}`,
      `Kept: ${counted(this.kept.length, 'layer')}, up to ${this.kept.at(-1)} (${group(paramsOf(weights))} parameters), ${state}`,
      `Removed: ${removed}`,
      `Added: ${this.added.join(', ')} (${group(paramsOf(fresh))} parameters)`,
      `Trains: ${group(trainable)} of ${group(total)} parameters`,
      `Advice: Adam with a learning rate of ${advice.learningRate}; ${advice.text}`,
    ].join('\n')
  }
}
