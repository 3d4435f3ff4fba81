/** Where `transfer` cuts a network. */
import { ArgumentError } from '../errors.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import { Network } from '../layers/network.ts'
import { topology, type Siblings } from '../layers/topology.ts'
import { unrolled } from '../layers/unrolled.ts'
import { channelsFirstBehind, sizeOfPicture } from '../training/picture_axes.ts'

/** Of the trunk's layers with weights, how many count as near the beginning. */
const EARLY = 1 / 3

/** Pictures whose channels come first. */
type First = ReadonlySet<SymbolicTensor>

function isPoint(t: SymbolicTensor, first: First): boolean {
  return t.shape.length === 2 || (t.shape.length === 4 && sizeOfPicture(t.shape, first.has(t)).every((d) => d === 1))
}

/** A dense layer, or a convolution that is one: of a single pixel, by a single one. */
function fullyConnected({ layer, inputs }: SymbolicTensor, first: First): boolean {
  return layer.className === 'Dense' || (layer.className === 'Conv2D' && inputs.length === 1 && isPoint(inputs[0]!, first))
}

/** What the last fully connected layer was applied to, where a network ends in one and what has no weights; else its output as it is. */
export function withoutClassifier(network: Network): SymbolicTensor {
  const [outermost] = network.outputs
  const end = outermost!.layer instanceof Network ? unrolled(network)[0]! : outermost!
  const first = channelsFirstBehind([end])
  for (let t = end; ; t = t.inputs[0]!) {
    if (fullyConnected(t, first)) return t.inputs[0]!
    const passes = t.inputs.length === 1 && isPoint(t, first) && !t.layer.weights.length
    if (!passes) return end
  }
}

/** Whether a network holds networks. */
const holdsNetworks = ({ layers }: Network): boolean => layers.some((l) => l instanceof Network)

/** What a layer gives, be it in a network in the network. @throws ArgumentError listing close names for an unknown layer */
export function outputNamed(network: Network, name: string): SymbolicTensor {
  if (!holdsNetworks(network) || network.layers.some((l) => l.name === name)) return network.outputOf(name)
  const { calls } = topology(unrolled(network).slice(0, 1))
  return calls.find(([t]) => t!.layer.name === name)?.[0] ?? network.outputOf(name)
}

/**
 * The last feature map behind the first third of a network's layers with weights, those of its classifier not counted, that all that follows
 * is made of: the lesson's "near the beginning".
 * @throws ArgumentError where no feature map is such a place
 */
export function earlyFeatures(network: Network): SymbolicTensor {
  const { calls } = topology(unrolled(network).slice(0, 1))
  const maps = calls.filter(([t]) => t!.shape.length === 4)
  const most = EARLY * maps.filter(hasWeights).length
  let found: SymbolicTensor | undefined
  for (const call of bottlenecks(calls)) {
    if (!maps.includes(call)) continue
    const weighted = maps.slice(0, maps.indexOf(call) + 1).filter(hasWeights).length
    if (weighted && (weighted <= most || !found)) found = call[0]!
  }
  if (found) return found
  throw new ArgumentError('transfer', `cut must be given for a network without a layer [N,H,W,C] that all others are made of, got none`)
}

const hasWeights = ([t]: Siblings): boolean => t!.layer.weights.length > 0

/** Applications of layers that are all that later ones see of what is before them. */
export function bottlenecks(calls: readonly Siblings[]): Siblings[] {
  const order = new Map(calls.map((call, i) => [call, i]))
  const lastReader = calls.map((_, i) => i)
  calls.forEach(([t], i) => t!.inputs.forEach((x) => (lastReader[order.get(x.siblings)!] = i)))
  let open = 0 // up to which call something before this one is read
  return calls.filter((_, i) => {
    const alone = open <= i
    open = Math.max(open, lastReader[i]!)
    return alone && i < calls.length - 1
  })
}
