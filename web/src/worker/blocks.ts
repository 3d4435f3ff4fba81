/** A network as a row of blocks, between which a line can be drawn. */
import type { Network } from '../../../src/index.ts'
import { bottlenecks, withoutClassifier } from '../../../src/models/transfer_cut.ts'
import { sizeOf } from '../../../src/shape.ts'
import type { Block } from '../messages.ts'

/** More than these do not fit a strip. */
const MOST = 16

type Call = Network['calls'][number]

/** Whether there is a layer that learns features; batch normalisation belongs to the one before it. */
const weighted = (calls: readonly Call[]): boolean =>
  calls.some(([t]) => t!.layer.weights.length > 0 && t!.layer.className !== 'BatchNormalization')

/** Places, each the end of a block: feature maps that all later layers are made of, with weights between them. */
function ends(calls: readonly Call[]): number[] {
  const maps = [...bottlenecks(calls), calls.at(-1)!].flatMap((call) => (call[0]!.shape.length === 4 ? [calls.indexOf(call)] : []))
  const found: number[] = []
  maps.forEach((at, i) => {
    const next = maps[i + 1]
    const begin = (found.at(-1) ?? -1) + 1
    const light = next !== undefined && !weighted(calls.slice(at + 1, next + 1))
    if (!light && weighted(calls.slice(begin, at + 1))) found.push(at)
  })
  return found
}

/** Those before which the maps become smaller, and the last. */
function fewer(places: readonly number[], calls: readonly Call[]): number[] {
  const width = (at: number) => calls[at]![0]!.shape[1]
  const found = places.filter((at, i) => i === places.length - 1 || width(at) !== width(places[i + 1]!))
  const step = Math.ceil(found.length / MOST)
  return found.filter((_, i) => (found.length - 1 - i) % step === 0)
}

/** Blocks of a network without its classifier. Empty where it has no such places. */
export function blocksOf(network: Network): readonly Block[] {
  const last = network.calls.findIndex((call) => call === withoutClassifier(network).siblings)
  const calls = last < 0 ? network.calls : network.calls.slice(0, last + 1)
  const all = ends(network.calls).filter((at) => at < calls.length)
  const places = all.length > MOST ? fewer(all, calls) : all
  return places.map((at, i) => {
    const own = calls.slice(i ? places[i - 1]! + 1 : 0, at + 1).filter(([t]) => t!.inputs.length)
    const weights = new Set(own.flatMap(([t]) => t!.layer.weights))
    const parameters = [...weights].reduce((n, w) => n + sizeOf(w.shape), 0)
    const tensor = calls[at]![0]!
    return { name: tensor.layer.name, first: own[0]![0]!.layer.name, layers: own.length, parameters, shape: tensor.shape.slice(1) }
  })
}
