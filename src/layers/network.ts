/**
 * A network: layers between an input and one or more outputs. It is itself a layer, so that a trunk can be applied inside another
 * network. Layer order, freezing and summary follow Keras.
 */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'
import { formatShape, sizeOf } from '../shape.ts'
import type { KerasConfig, LayerOptions } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape, type SymbolicTensor } from './layer.ts'
import { InputLayer } from './shaping.ts'
import { summaryText, type ParamCounts } from './summary.ts'

export interface NetworkOptions extends LayerOptions {
  inputs: SymbolicTensor
  outputs: SymbolicTensor | readonly SymbolicTensor[]
  /**
   * The layers' names are running numbers (`conv2d_7`), which differ from file to file: weight files are matched by the order in
   * which layers of a class were created. Default false.
   */
  automaticNames?: boolean
}

export class Network extends Layer {
  readonly className: string = 'Functional'
  readonly input: SymbolicTensor
  readonly outputs: readonly SymbolicTensor[]
  /** In Keras's `model.layers` order. */
  readonly layers: readonly Layer[]
  /** See NetworkOptions. */
  readonly automaticNames: boolean
  /** What every application of a layer gives, inputs before what is made of them. */
  readonly tensors: readonly SymbolicTensor[]

  /** @throws ArgumentError when the outputs do not come from the input, or two layers have one name. */
  constructor({ inputs, outputs, automaticNames = false, ...options }: NetworkOptions) {
    super('functional', options)
    this.automaticNames = automaticNames
    this.input = inputs
    this.outputs = Array.isArray(outputs) ? (outputs as readonly SymbolicTensor[]) : [outputs as SymbolicTensor]
    const { tensors, layers } = topology(this.outputs)
    const stray = tensors.find((t) => t.layer instanceof InputLayer && t !== inputs)
    if (stray || !tensors.includes(inputs)) {
      throw new ArgumentError(
        this.name,
        `outputs must come from the input ${inputs.layer.name} alone, got ${stray ? `also ${stray.layer.name}` : 'none that does'}`,
      )
    }
    const seen = new Set<string>()
    for (const { name } of layers) {
      if (seen.has(name)) throw new ArgumentError(this.name, `layer names must be unique, got ${name} twice`)
      seen.add(name)
    }
    this.tensors = tensors
    this.layers = layers
  }

  override get weights(): readonly Parameter[] {
    return this.layers.flatMap((l) => l.weights)
  }

  /** True if any layer may train, as long as it has any. Setting it sets it on every layer inside, as in Keras. */
  override get trainable(): boolean {
    return this.layers.some((l) => l.trainable && l.weights.length > 0)
  }

  override set trainable(value: boolean) {
    for (const l of this.layers) l.trainable = value
  }

  /** @throws ArgumentError listing close names when there is no such layer. */
  getLayer(name: string): Layer {
    const found = this.layers.find((l) => l.name === name)
    if (found) return found
    const near = this.layers.filter((l) => l.name.startsWith(name.slice(0, 4))).map((l) => l.name)
    const hint = near.length ? `; there are ${near.slice(0, 12).join(', ')}` : `; there are ${this.layers.length} others`
    throw new ArgumentError(this.name, `a layer must be in the network, got ${name}${hint}`)
  }

  /** The tensor that a layer gives (the first, where a layer is applied twice). @throws ArgumentError for an unknown layer. */
  outputOf(name: string): SymbolicTensor {
    const layer = this.getLayer(name)
    return this.tensors.find((t) => t.layer === layer)!
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    if (formatShape(x) !== formatShape(this.input.shape)) {
      throw new ShapeError(this.name, `input must have shape ${formatShape(this.input.shape)}, got ${formatShape(x)}`)
    }
    return this.outputs[0]!.shape
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    return this.emitAll(c, inputs[0]!)[0]!
  }

  /** Appends the whole network and returns a node for each output. */
  emitAll(c: EmitContext, x: Node): Node[] {
    const outer = c.graph.scope
    const nodes = new Map<SymbolicTensor, Node>([[this.input, x]])
    for (const t of this.tensors) {
      if (t === this.input) continue
      c.graph.scope = t.layer.name
      nodes.set(
        t,
        t.layer.emit(
          c,
          t.inputs.map((i) => nodes.get(i)!),
        ),
      )
    }
    c.graph.scope = outer
    return this.outputs.map((o) => nodes.get(o)!)
  }

  /** Elements of all weights, each weight counted once. */
  paramCounts(): ParamCounts {
    const weights = [...new Set(this.weights)]
    const count = (list: readonly Parameter[]) => list.reduce((n, w) => n + sizeOf(w.shape), 0)
    const trainable = count(weights.filter((w) => w.trainable))
    return { total: count(weights), trainable, nonTrainable: count(weights) - trainable }
  }

  override countParams(): number {
    return this.paramCounts().total
  }

  /**
   * The config of a Functional model as Keras 3 writes it (keras/src/models/functional.py).
   * @throws ArgumentError naming a layer that Keras does not have
   */
  override getConfig(): KerasConfig {
    const history = this.#histories()
    return {
      name: this.name,
      trainable: true, // of the model itself; each layer has its own
      layers: this.layers.map((l) => {
        const nodes = this.tensors.filter((t) => t.layer === l && t.inputs.length).map((t) => inboundNode(t, history))
        return { ...l.serialize(), name: l.name, inbound_nodes: nodes }
      }),
      input_layers: [history.get(this.input)],
      output_layers: this.outputs.map((o) => history.get(o)),
    }
  }

  override serialize(): KerasConfig {
    const functional = 'Functional' // a subclass is one to Keras
    return { module: 'keras.src.models.functional', class_name: functional, config: this.getConfig(), registered_name: functional }
  }

  /** Which application of which layer each tensor comes from. */
  #histories(): Map<SymbolicTensor, History> {
    const counts = new Map<Layer, number>()
    return new Map(
      this.tensors.map((t) => {
        const node = counts.get(t.layer) ?? 0
        counts.set(t.layer, node + 1)
        return [t, [t.layer.name, node, 0]] as const
      }),
    )
  }

  /** A table of layers, output shapes and parameter counts, as Keras prints it. */
  summary(): string {
    const rows = this.layers.map((l) => ({
      layer: `${l.name} (${l.className})`,
      shape: this.outputOf(l.name).shape,
      params: l.countParams(),
    }))
    return summaryText(this.name, rows, this.paramCounts())
  }
}

/** Layers with weights, those inside nested networks included, and their paths: `trunk/conv1`. In Keras's order. */
export function weightedLayers(network: Network, prefix = ''): { layer: Layer; path: string }[] {
  return network.layers.flatMap((layer) => {
    const path = prefix + layer.name
    if (layer instanceof Network) return weightedLayers(layer, `${path}/`)
    return layer.weights.length ? [{ layer, path }] : []
  })
}

/** `[layer, node, tensor]`, as Keras calls where a tensor comes from. */
type History = readonly [layer: string, node: number, tensor: 0]

/** One application of a layer: a tensor alone, or a list of them for layers that merge. */
function inboundNode(t: SymbolicTensor, history: ReadonlyMap<SymbolicTensor, History>): KerasConfig {
  const inputs = t.inputs.map((i) => ({
    class_name: '__keras_tensor__',
    config: { shape: i.shape, dtype: 'float32', keras_history: history.get(i) },
  }))
  return { args: inputs.length === 1 ? inputs : [inputs], kwargs: {} }
}

/**
 * Applications of layers in topological order, and the layers in the order of Keras's `model.layers`: by decreasing longest path
 * to an output, ties by first visit of a depth-first walk from the outputs (Keras `map_graph`).
 */
function topology(outputs: readonly SymbolicTensor[]): { tensors: SymbolicTensor[]; layers: Layer[] } {
  const visit = new Map<Layer, number>()
  const entered = new Set<SymbolicTensor>()
  const finished = new Set<SymbolicTensor>()
  // A stack of our own: a network may be deeper than the engine's.
  const open = [...outputs].reverse()
  for (let t = open.at(-1); t; t = open.at(-1)) {
    if (entered.has(t)) {
      finished.add(t)
      open.pop()
      continue
    }
    entered.add(t)
    if (!visit.has(t.layer)) visit.set(t.layer, visit.size)
    open.push(...[...t.inputs].reverse())
  }
  const tensors = [...finished]
  const depth = new Map<SymbolicTensor, number>()
  const layerDepth = new Map<Layer, number>()
  for (const t of [...tensors].reverse()) {
    const d = Math.max(depth.get(t) ?? 0, layerDepth.get(t.layer) ?? 0)
    layerDepth.set(t.layer, d)
    for (const i of t.inputs) depth.set(i, Math.max(depth.get(i) ?? 0, d + 1))
  }
  const layers = [...visit.keys()].sort((a, b) => layerDepth.get(b)! - layerDepth.get(a)! || visit.get(a)! - visit.get(b)!)
  return { tensors, layers }
}
