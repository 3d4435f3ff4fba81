/** Layer by layer: what our network gives and what a peer gives. The first layer that differs is the wrong one. */
import { ArgumentError, Model, ShapeError, type Device, type Tensor } from '../../src/node.ts'
import type { Peer, PeerModel } from './peer.ts'

export interface Difference {
  readonly layer: string
  /** The peer's name for it. */
  readonly peer: string
  readonly className: string
  readonly shape: readonly number[]
  /** Largest |ours - theirs|. */
  readonly maxAbs: number
  /** maxAbs over the largest |theirs|. */
  readonly maxRel: number
}

/** `conv2d_7` -> [`conv2d`, 7]; -1 where there is no number. */
function numbered(name: string): [base: string, n: number] {
  const found = /^(.*?)_(\d+)$/.exec(name)
  return found ? [found[1]!, Number(found[2])] : [name, -1]
}

function inOrder(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const base = numbered(name)[0]
    groups.set(base, [...(groups.get(base) ?? []), name])
  }
  for (const group of groups.values()) group.sort((a, b) => numbered(a)[1] - numbered(b)[1])
  return groups
}

/**
 * Our name -> the peer's: the k-th layer of a kind is the k-th of the other, wherever they begin to count.
 * @throws ArgumentError where one has more of a kind than the other
 */
export function pairNames(ours: readonly string[], theirs: readonly string[]): Map<string, string> {
  const [a, b] = [inOrder(ours), inOrder(theirs)]
  const pairs = new Map<string, string>()
  for (const base of new Set([...a.keys(), ...b.keys()])) {
    const [mine, other] = [a.get(base) ?? [], b.get(base) ?? []]
    if (mine.length !== other.length)
      throw new ArgumentError(base, `both networks must have as many layers of a kind, got ${mine.length} and ${other.length}`)
    mine.forEach((name, k) => pairs.set(name, other[k]!))
  }
  return pairs
}

/** @throws ShapeError for tensors of different shapes; a NaN on either side counts as an infinite difference */
export function differenceOf(layer: string, ours: Tensor, theirs: Tensor): { maxAbs: number; maxRel: number } {
  if (ours.shape.join() !== theirs.shape.join())
    throw new ShapeError(layer, `both must have one shape, got [${ours.shape.join()}] and [${theirs.shape.join()}]`)
  let maxAbs = 0
  let largest = 0
  for (let i = 0; i < ours.data.length; i++) {
    const difference = Math.abs(ours.data[i]! - theirs.data[i]!)
    maxAbs = difference <= maxAbs ? maxAbs : Number.isNaN(difference) ? Infinity : difference
    largest = Math.max(largest, Math.abs(theirs.data[i]!))
  }
  return { maxAbs, maxRel: maxAbs === 0 ? 0 : maxAbs / largest }
}

/** Layers that compute nothing while predicting. */
const SILENT = new Set(['InputLayer', 'Dropout'])
/** Layers that the engine melts into their neighbours, as long as nobody asks for what is between them. */
const FUSED = new Set(['Conv2D', 'BatchNormalization'])

export interface CompareOptions {
  readonly device: Device
  readonly peer: Peer
  /**
   * `fused`: what prediction computes, where convolution, normalisation and activation are one kernel. `all`: every layer by itself.
   * Default `fused`.
   */
  readonly layers?: 'fused' | 'all'
}

/** Runs both networks on one picture and compares every layer, from the input on. Weights must have been loaded. */
export async function compareLayers(
  ours: Model,
  theirs: PeerModel,
  picture: Tensor,
  { device, peer, layers = 'fused' }: CompareOptions,
): Promise<Difference[]> {
  const audible = ours.layers.filter((l) => !SILENT.has(l.className))
  const pairs = pairNames(
    audible.map((l) => l.name),
    theirs.layers.filter((l) => !SILENT.has(l.getClassName())).map((l) => l.name),
  )
  const compared = audible.filter((l) => layers === 'all' || !FUSED.has(l.className))
  const model = new Model({ inputs: ours.input, outputs: compared.map((l) => ours.outputOf(l.name)), name: 'every_layer' })
  await model.compile({ device })
  const results = await model.predict(picture)
  model.dispose()
  const expected = await peer.run(
    theirs,
    compared.map((l) => pairs.get(l.name)!),
    picture,
  )
  return compared.map(({ name, className }, i) => ({
    layer: name,
    peer: pairs.get(name)!,
    className,
    shape: results[i]!.shape,
    ...differenceOf(name, results[i]!, expected[i]!),
  }))
}

/** @param tolerance of maxRel; layers beyond it are marked, and the first of them is named */
export function differenceTable(differences: readonly Difference[], tolerance: number): string {
  const wrong = differences.filter((d) => !(d.maxRel <= tolerance))
  const rows = differences.map((d) => [
    d.layer,
    d.peer,
    d.className,
    `[${d.shape.join()}]`,
    d.maxAbs.toExponential(1),
    d.maxRel.toExponential(1),
    d.maxRel <= tolerance ? '' : 'differs',
  ])
  const head = ['layer', 'peer', 'class', 'shape', 'max abs', 'max rel', '']
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((c, i) => c.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()
  const verdict = wrong[0]
    ? `${wrong.length} of ${rows.length} layers differ, the first is ${wrong[0].layer}`
    : `${rows.length} layers agree within ${tolerance}`
  return [line(head), ...rows.map(line), '', verdict].join('\n')
}
