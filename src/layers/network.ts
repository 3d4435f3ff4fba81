/**
 * A network: layers between inputs and outputs, one or more of each. It is itself a layer, so that a trunk can be applied inside another
 * network. Layer order, freezing and summary follow Keras.
 */
import { ArgumentError, ShapeError } from '../errors.ts'
import { described } from '../described.ts'
import type { Node } from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { keysOf, listOf, structured, type Structure } from '../structure.ts'
import type { KerasConfig, LayerOptions } from './config.ts'
import {
  checkSymbolic,
  Layer,
  type CallOptions,
  type EmitContext,
  type Emitted,
  type Masks,
  type SymbolicShape,
  type SymbolicTensor,
} from './layer.ts'
import { functionalConfig, sourcesIn } from './connections.ts'
import { InputLayer } from './input_layer.ts'
import { kindOf } from './kinds.ts'
import { summaryText, type ParamCounts } from './summary.ts'
import { topology, type Siblings } from './topology.ts'

/** What a network is made of. See {@link Model}. */
export interface NetworkOptions extends LayerOptions {
  /** What `layers.input()` gave: one, an array, or a record, by whose keys samples are given then, too. */
  inputs: Structure<SymbolicTensor>
  /** One, an array, or a record. */
  outputs: Structure<SymbolicTensor>
  /**
   * The layers' names are running numbers (`conv2d_7`), which differ from file to file: weight files are matched by the order in
   * which layers of a class were created. Default false.
   */
  automaticNames?: boolean
}

/** Layers between inputs and outputs, which is a layer itself. See {@link Model}. */
export class Network extends Layer {
  readonly className: string = 'Functional'
  protected override readonly merges = true
  override readonly marksKinds = true
  /** In their order, also where they were given by names. */
  readonly inputs: readonly SymbolicTensor[]
  /** In their order, also where they were given by names. */
  readonly outputs: readonly SymbolicTensor[]
  /** In Keras's `model.layers` order. */
  readonly layers: readonly Layer[]
  /** See NetworkOptions. */
  readonly automaticNames: boolean
  /** What every application of a layer gives, inputs before what is made of them. */
  readonly calls: readonly Siblings[]
  /** As it was asked for last with sizes that are open here. */
  #sized: Network | undefined
  /** Inputs and outputs as they were given. */
  protected readonly structure: { readonly inputs: Structure<SymbolicTensor>; readonly outputs: Structure<SymbolicTensor> }

  /** @throws ArgumentError when the outputs do not come from the inputs, an input leads to none, or two layers have one name. */
  constructor({ inputs, outputs, automaticNames = false, ...options }: NetworkOptions) {
    super('functional', options)
    this.automaticNames = automaticNames
    this.structure = { inputs, outputs }
    this.inputs = this.#tensors('inputs', inputs)
    this.outputs = this.#tensors('outputs', outputs)
    const { calls, layers } = topology(this.outputs)
    this.calls = calls
    this.layers = layers
    this.#checkInputs()
    const seen = new Set<string>()
    for (const { name } of layers) {
      if (seen.has(name)) throw new ArgumentError(this.name, `layer names must be unique, got ${name} twice`)
      seen.add(name)
    }
  }

  #tensors(what: string, given: Structure<SymbolicTensor>): readonly SymbolicTensor[] {
    const tensors = listOf(given)
    if (!tensors.length) throw new ArgumentError(this.name, `${what} must be at least one, got none`)
    for (const t of tensors) checkSymbolic(this.name, `${what} must be what input() or a layer gave`, t)
    return tensors
  }

  #checkInputs(): void {
    const stray = this.inputs.find((t) => !(t.layer instanceof InputLayer))
    if (stray) throw new ArgumentError(this.name, `inputs must be what input() gave, got what ${stray.layer.name} gave`)
    const from = this.calls.flat().filter((t) => t.layer instanceof InputLayer)
    const unknown = from.find((t) => !this.inputs.includes(t))
    if (unknown) {
      throw new ArgumentError(
        this.name,
        `outputs must come from the inputs ${this.inputNames.join(', ')} alone, got also ${unknown.layer.name}`,
      )
    }
    const unused = this.inputs.find((t) => !from.includes(t))
    if (unused) throw new ArgumentError(this.name, `every input must lead to an output, got ${unused.layer.name}, which does not`)
  }

  /** The names of the inputs, in order: their keys where they were given by name, else those of their layers. */
  get inputNames(): readonly string[] {
    return keysOf(this.structure.inputs) ?? this.inputs.map((t) => t.layer.name)
  }

  /** The names of the outputs: their keys where they were given by name, else those of their layers; a second one of a layer has a number, too. */
  get outputNames(): readonly string[] {
    const keys = keysOf(this.structure.outputs)
    const names = keys ?? this.outputs.map((t) => t.layer.name)
    return names.map((name, i) => (names.indexOf(name) === i ? name : `${name}_${i}`))
  }

  /** The input of a network that has one. @throws ArgumentError for one that has several (`inputs`) */
  get input(): SymbolicTensor {
    if (this.inputs.length === 1) return this.inputs[0]!
    throw new ArgumentError(this.name, `a network must have one input where its input is asked for, got ${this.inputNames.join(', ')}`)
  }

  /** The output of a network that has one. @throws ArgumentError for one that has several (`outputs`) */
  get output(): SymbolicTensor {
    if (this.outputs.length === 1) return this.outputs[0]!
    throw new ArgumentError(this.name, `a network must have one output where its output is asked for, got ${this.outputNames.join(', ')}`)
  }

  override get weights(): readonly Parameter[] {
    return this.layers.flatMap((l) => l.weights)
  }

  override get constants(): readonly Parameter[] {
    return this.layers.flatMap((l) => l.constants)
  }

  override get changing(): readonly Parameter[] {
    return this.layers.flatMap((l) => l.changing)
  }

  /** True if any layer may train, as long as it has any. Setting it sets it on every layer inside, as in Keras. */
  override get trainable(): boolean {
    return this.layers.some((l) => l.trainable && l.weights.length > 0)
  }

  override set trainable(value: boolean) {
    for (const l of this.layers) l.trainable = value
  }

  /**
   * Thaws a named layer and all behind it, and freezes all before it, in the order of `layers`: how a network is fine-tuned in part. The layer may
   * be in a network in this one. It holds from the next `fit` on.
   * @throws ArgumentError listing close names when there is no such layer; nothing has changed then
   */
  unfreezeFrom(name: string): void {
    const at = this.layers.findIndex((l) => l.name === name || (l instanceof Network && l.#holds(name)))
    if (at < 0) this.getLayer(name) // which says so
    this.layers.forEach((l, i) => {
      if (i === at && l.name !== name && l instanceof Network) l.unfreezeFrom(name)
      else l.trainable = i >= at
    })
  }

  #holds(name: string): boolean {
    return this.layers.some((l) => l.name === name || (l instanceof Network && l.#holds(name)))
  }

  override reinitialize(seed = 0): void {
    for (const l of this.layers) l.reinitialize(seed)
  }

  /** A layer by its name, or by its place in `layers`. @throws ArgumentError listing close names when there is no such layer. */
  getLayer(name: string | number): Layer {
    if (typeof name === 'number') {
      const { length } = this.layers
      if (Number.isInteger(name) && name >= 0 && name < length) return this.layers[name]!
      throw new ArgumentError(this.name, `a layer's place must be a whole number from 0 to ${length - 1}, got ${name}`)
    }
    const found = this.layers.find((l) => l.name === name)
    if (found) return found
    const near = this.layers.filter((l) => l.name.startsWith(name.slice(0, 4))).map((l) => l.name)
    const hint = near.length ? `; there are ${near.slice(0, 12).join(', ')}` : `; there are ${this.layers.length} others`
    throw new ArgumentError(this.name, `a layer must be in the network, got ${name}${hint}`)
  }

  /** The tensor that a layer gives (the first time, where it is applied twice). @throws ArgumentError for an unknown layer, or several outputs */
  outputOf(name: string): SymbolicTensor {
    const outputs = this.outputsOf(name)
    if (outputs.length === 1) return outputs[0]!
    throw new ArgumentError(name, `a layer must have one output where outputOf is used, got ${outputs.length} (outputsOf gives them all)`)
  }

  /** All tensors that a layer gives (the first time, where it is applied twice). @throws ArgumentError for an unknown layer. */
  outputsOf(name: string): readonly SymbolicTensor[] {
    const layer = this.getLayer(name)
    return this.calls.find((call) => call[0]!.layer === layer)!
  }

  protected override inputList(input: Structure<SymbolicTensor>): readonly SymbolicTensor[] {
    const keys = keysOf(input)
    if (keys && keys.join() !== [...this.inputNames].sort().join()) {
      throw new ArgumentError(this.name, `inputs by name must be ${this.inputNames.join(', ')}, got ${described(input)}`)
    }
    return keys ? this.inputNames.map((name) => (input as Readonly<Record<string, SymbolicTensor>>)[name]!) : listOf(input)
  }

  override outputShapes(shapes: readonly SymbolicShape[]): readonly SymbolicShape[] {
    if (shapes.length !== this.inputs.length) {
      const wanted = this.inputNames.join(', ')
      throw new ArgumentError(this.name, `a network must be applied to a tensor for each input (${wanted}), got ${shapes.length}`)
    }
    return this.at(shapes).outputs.map((t) => t.shape)
  }

  /**
   * This network at sizes that its inputs leave open: the same layers, and weights, between inputs of known sizes. Itself where none is open.
   * @param shapes of the inputs, in order; those of samples, or with null for what stays open
   * @throws ShapeError for shapes that are not the inputs', and from layers that these sizes do not fit
   */
  at(shapes: readonly SymbolicShape[]): Network {
    const taken = this.inputs.map(({ shape }, i) => {
      const given = shapes[i]!
      const fits =
        given.length === shape.length && shape.every((d, axis) => !axis || d === null || given[axis] === null || given[axis] === d)
      if (fits) return shape.map((d, axis) => (axis ? (d ?? given[axis]!) : null))
      const which = this.inputs.length === 1 ? 'input' : `input ${this.inputNames[i]}`
      throw new ShapeError(this.name, `${which} must have shape ${formatShape(shape)}, got ${formatShape(given)}`)
    })
    const found = [this, this.#sized].find((n) => n?.inputs.every(({ shape }, i) => formatShape(shape) === formatShape(taken[i])))
    if (found) return found
    const inputs = this.inputs.map(({ layer }, i) => new InputLayer({ name: layer.name, shape: taken[i]!.slice(1) }).tensor())
    return (this.#sized = new Network(this.alike(inputs, this.reapplied(inputs))))
  }

  /** Options of a network like this one between other tensors: as many, in the same structures. */
  alike(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): NetworkOptions {
    const { name, automaticNames, structure } = this
    return { name, automaticNames, inputs: structured(structure.inputs, inputs), outputs: structured(structure.outputs, outputs) }
  }

  /**
   * Applies the layers to other inputs.
   * @param apply applies one of them. Default: as it was applied
   * @returns the outputs
   */
  reapplied(
    inputs: readonly SymbolicTensor[],
    apply = (layer: Layer, xs: readonly SymbolicTensor[], call: CallOptions) => layer.applyAll(xs, call),
  ): readonly SymbolicTensor[] {
    const tensors = new Map(this.inputs.map((t, i) => [t, inputs[i]!]))
    for (const siblings of this.calls) {
      const { layer, inputs: given, call } = siblings[0]!
      if (layer instanceof InputLayer) continue
      const ys = apply(
        layer,
        given.map((t) => tensors.get(t)!),
        call,
      )
      siblings.forEach((t, i) => tensors.set(t, ys[i]!))
    }
    return this.outputs.map((t) => tensors.get(t)!)
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    return this.outputShapes(shapes)[0]!
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    return this.emitAll(c, inputs)[0]!
  }

  /** Appends the whole network and returns a node for each output. @param inputs a node for each input */
  override emitAll(c: EmitContext, inputs: readonly Node[]): Node[] {
    return [...this.emitMasked(c, inputs).ys]
  }

  override emitMasked(c: EmitContext, inputs: readonly Node[], given: Masks = []): Emitted {
    const outer = c.graph.scope
    const nodes = new Map<SymbolicTensor, Node>(this.inputs.map((t, i) => [t, inputs[i]!]))
    const masks = new Map(this.inputs.map((t, i) => [t, given[i]]))
    for (const call of this.calls) {
      const { layer, inputs, call: how } = call[0]!
      if (layer instanceof InputLayer) continue
      c.graph.scope = layer.name
      const running: EmitContext = how.training === false ? { ...c, training: false, augment: false } : c
      const xs = inputs.map((i) => nodes.get(i)!)
      const own = inputs.map((i) => masks.get(i))
      const mask = own.find(Boolean)
      const made = mask ? mask.through(layer, running, xs, own) : layer.emitMasked(running, xs)
      kindOf(xs)?.through(layer, xs, made.ys)
      if (layer.activityRegularizer) made.ys.forEach((y) => c.activity?.(layer, y))
      call.forEach((t, i) => {
        nodes.set(t, made.ys[i]!)
        masks.set(t, made.masks[i])
      })
    }
    c.graph.scope = outer
    return { ys: this.outputs.map((o) => nodes.get(o)!), masks: this.outputs.map((o) => masks.get(o)) }
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
    const { inputs, outputs } = this.structure
    return functionalConfig(this, inputs, outputs, (layer) => layer instanceof Network)
  }

  override serialize(): KerasConfig {
    const functional = 'Functional' // a subclass is one to Keras
    return { module: 'keras.src.models.functional', class_name: functional, config: this.getConfig(), registered_name: functional }
  }

  /** With the tensors in the structure of the inputs. */
  override callArguments(tensors: readonly unknown[], call: CallOptions): { args: readonly unknown[]; kwargs: KerasConfig } {
    return { args: [structured(this.structure.inputs, tensors)], kwargs: { ...call } }
  }

  /** A table with Keras's columns: layers, output shapes, parameters, and where the layers do not simply follow each other, to what they are connected. */
  summary(): string {
    const from = sourcesIn(this.calls)
    const rows = this.layers.map((l) => ({
      layer: `${l.name} (${l.className})`,
      shapes: this.outputsOf(l.name).map((t) => t.shape),
      params: l.countParams(),
      from: this.calls.filter(([t]) => t!.layer === l).flatMap(([t]) => t!.inputs.map(from)),
    }))
    const chain = this.calls.every(([t], i) => t!.inputs.length === Math.min(i, 1) && (!i || t!.inputs[0]!.siblings === this.calls[i - 1]))
    return summaryText(this.name, rows, this.paramCounts(), chain)
  }
}
