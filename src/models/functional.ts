/** A Functional model's layers, applied as its config says. */
import type { KerasVersion } from '../layers/config.ts'
import type { Layer, SymbolicTensor } from '../layers/layer.ts'
import { MODELS, unsupported, type Entry } from './entries.ts'
import { inStructure, type CallRefs, type TensorRef } from './node_refs.ts'

/** Of one sample; null where samples say what the size is. */
export type SampleShape = readonly (number | null)[]

/** The shape that an input is to have, if any, by its place among the inputs and its name. */
export type GivenShapes = (index: number, name: string) => SampleShape | undefined

export const shapeBehindBatch = ({ shape }: SymbolicTensor): SampleShape => shape.slice(1)

type MakeLayer = (entry: Entry, given: GivenShapes, call: CallRefs) => Layer

/** The applications of a Functional model's layers, each made after what it is applied to. */
export class Functional {
  readonly #model: string
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #nodes: ReadonlyMap<string, readonly CallRefs[]>
  readonly #ends: readonly TensorRef[]
  /** What every application gave. */
  readonly #given = new Map<string, readonly SymbolicTensor[]>()
  readonly #layers = new Map<string, Layer>()
  readonly #make: MakeLayer

  constructor(
    model: string,
    entries: readonly Entry[],
    nodes: readonly (readonly CallRefs[])[],
    ends: readonly TensorRef[],
    keras: KerasVersion,
    make: MakeLayer,
  ) {
    this.#model = model
    this.#entries = new Map(entries.map((e) => [e.name, e]))
    const referred = new Set([...nodes.flat().flatMap((n) => n.inputs), ...(keras < 3 ? ends : [])].map(key))
    const counted = (e: Entry, own: readonly CallRefs[]): readonly CallRefs[] =>
      // Before Keras 3, a model in a model counts from 1: application 0 is the one that made it, which is not saved.
      MODELS.includes(e.className) && referred.has(key({ layer: e.name, node: own.length })) ? [{ inputs: [], options: {} }, ...own] : own
    this.#nodes = new Map(entries.map((e, i) => [e.name, counted(e, nodes[i]!)]))
    this.#ends = keras < 3 ? ends : ends.map((t) => this.#endOfKeras3(t))
    this.#make = make
  }

  /** Keras 3 counts a model in a model from 1 where it gives an output, and only there; 0 is the last. A Sequential is counted as layers are. */
  #endOfKeras3(end: TensorRef): TensorRef {
    const className = this.#entries.get(end.layer)?.className
    if (className === undefined || className === 'Sequential' || !MODELS.includes(className)) return end
    return { ...end, node: (end.node || this.#nodes.get(end.layer)!.length) - 1 }
  }

  begin(layer: string, input: SymbolicTensor): void {
    this.#given.set(key({ layer, node: 0 }), [input])
  }

  outputs(): SymbolicTensor[] {
    return this.#ends.map((t) => {
      this.#reach(t)
      return this.#tensor(this.#model, t)
    })
  }

  /** Without recursion, since a config may be as deep as it likes. */
  #reach(wanted: TensorRef): void {
    const open: TensorRef[] = [wanted]
    const waiting = new Set<string>()
    for (let at = open.at(-1); at; at = open.at(-1)) {
      const inputs = this.#inputsOf(at)
      const missing = inputs.filter((i) => !this.#given.has(key(i)))
      if (this.#given.has(key(at)) || !missing.length) {
        open.pop()
        waiting.delete(key(at))
        if (!this.#given.has(key(at))) this.#apply(at, inputs)
        continue
      }
      if (waiting.has(key(at))) throw unsupported(at.layer, 'layers must not feed themselves', `a circle in ${this.#model}`)
      waiting.add(key(at))
      open.push(...missing)
    }
  }

  #inputsOf(at: TensorRef): readonly TensorRef[] {
    if (this.#given.has(key(at))) return []
    const inputs = this.#nodes.get(at.layer)?.[at.node]?.inputs
    if (!inputs?.length)
      throw unsupported(this.#model, 'a connection must lead to a layer of the model', `${at.layer}, application ${at.node}`)
    return inputs
  }

  /** @param where who asks for it */
  #tensor(where: string, { layer, node, tensor }: TensorRef): SymbolicTensor {
    const given = this.#given.get(key({ layer, node }))!
    if (given[tensor]) return given[tensor]
    throw unsupported(where, 'a connection must lead to an output of a layer', `output ${tensor} of ${layer}, which has ${given.length}`)
  }

  #apply(at: TensorRef, inputs: readonly TensorRef[]): void {
    const tensors = inputs.map((i) => this.#tensor(at.layer, i))
    const shapes: GivenShapes = (i, name) => {
      const which = inputs.some((t) => t.key !== undefined) ? inputs.findIndex((t) => t.key === name) : i
      return tensors[which] && shapeBehindBatch(tensors[which])
    }
    const call = this.#nodes.get(at.layer)![at.node]!
    const layer = this.#layers.get(at.layer) ?? this.#make(this.#entries.get(at.layer)!, shapes, call)
    this.#layers.set(at.layer, layer)
    this.#given.set(key(at), layer.applyAll(inStructure(inputs, tensors), call.options))
  }
}

const key = ({ layer, node }: Pick<TensorRef, 'layer' | 'node'>): string => `${node} ${layer}`
