/** Which axes of a network's tensors are channels: layers of pictures say it, and what is between them has it from there. */
import { ArgumentError } from '../errors.ts'
import type { Layer, SymbolicShape, SymbolicTensor } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import { Permute } from '../layers/shaping.ts'
import { topology } from '../layers/topology.ts'
import { unrolled } from '../layers/unrolled.ts'
import { formatShape } from '../shape.ts'

/** How pictures [N,C,H,W] are transposed to [N,H,W,C]. */
export const TO_LAST = [0, 2, 3, 1] as const

/** And back. */
const TO_FIRST = [0, 3, 1, 2] as const

/** Layers and operations behind which the channels may be another axis. */
const CHANGING = ['Permute', 'Reshape', 'Transpose', 'Moveaxis', 'Swapaxes']

/** Whether channels come first on one side of a layer, by whether they do on the other; undefined where nothing tells. */
function across({ layer }: SymbolicTensor, first: boolean | undefined): boolean | undefined {
  if (!CHANGING.includes(layer.className)) return first
  const order = layer instanceof Permute ? [0, ...layer.dims].join() : ''
  return first !== undefined && [TO_LAST, TO_FIRST].some((axes) => axes.join() === order) ? !first : undefined
}

/** Whether the channels of pictures come first, [N,C,H,W]; none where nothing tells. As `channelsFirstIn`. */
function ordersIn(tensors: readonly SymbolicTensor[]): ReadonlyMap<SymbolicTensor, boolean> {
  const known = new Map<SymbolicTensor, boolean>()
  const note = (t: SymbolicTensor, first: boolean | undefined) => {
    if (first !== undefined && t.shape.length === 4 && !known.has(t)) known.set(t, first)
  }
  for (const t of tensors) {
    const given = t.inputs.map((x) => known.get(x)).find((first) => first !== undefined)
    note(t, t.layer.space?.first ?? across(t, given))
  }
  for (const t of tensors.toReversed()) {
    const wanted = t.layer.space?.first ?? across(t, known.get(t))
    t.inputs.forEach((x) => note(x, wanted))
  }
  return known
}

/**
 * The pictures whose channels come first, [N,C,H,W]; where nothing tells, they come last.
 * @param tensors of a network without networks in it, inputs before what is made of them
 */
export function channelsFirstIn(tensors: readonly SymbolicTensor[]): ReadonlySet<SymbolicTensor> {
  const known = ordersIn(tensors)
  return new Set(tensors.filter((t) => known.get(t)))
}

/** As `channelsFirstIn`, of all that outputs are made of: those of a network without networks in it. */
export const channelsFirstBehind = (outputs: readonly SymbolicTensor[]) => channelsFirstIn(topology(outputs).calls.flat())

/** Whether the channels of what goes into a network come first; undefined where nothing tells. */
export const inputFirst = (network: Network): boolean | undefined =>
  ordersIn(topology(unrolled(network)).calls.flat()).get(network.inputs[0]!)

/** What errors say of an order. */
export const orderSaid = (first: boolean): string => `channels ${first ? 'first' : 'last'}`

/** @throws ArgumentError for layers in front of a network that take its pictures for ones of another order */
export function checkInFront(network: Network, layers: readonly Layer[]): void {
  const first = inputFirst(network)
  const stray = layers.find(({ space }) => first !== undefined && space !== undefined && space.first !== first)
  if (stray === undefined) return
  const input = `${formatShape(network.inputs[0]!.shape)} with ${orderSaid(first!)}`
  const rule = `layers that augment must have the dataFormat of the input, ${input}`
  throw new ArgumentError(network.name, `${rule}, got ${stray.name} with ${orderSaid(!first)}`)
}

/** Height and width of a picture. */
export const sizeOfPicture = ([, a, b, c]: SymbolicShape, first: boolean): [number, number] => (first ? [b!, c!] : [a!, b!])
