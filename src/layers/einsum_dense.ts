/** EinsumDense: a dense layer whose sums are said by an equation. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { combine } from '../kernels/combine.ts'
import { dense } from '../kernels/dense/dense.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { activate } from './activations.ts'
import { permuted } from './axes.ts'
import type { KerasConfig, LayerConfig, MakeLayer } from './config.ts'
import { KernelLayer, kernelOptions, type KernelOptions } from './kernel_options.ts'
import type { EmitContext, SymbolicShape } from './layer.ts'

export interface EinsumDenseOptions extends Omit<KernelOptions, 'useBias'> {
  /** `abc,cd->abd`: axes of the input, of the kernel and of the output, the batch first; `...` for all others of the input. */
  equation: string
  /** Without the batch; null for a size that is the input's. One number is a list of it. */
  outputShape: number | readonly (number | null)[]
  /** Axes of the output along which the bias differs. Default: none, and no bias. */
  biasAxes?: string | null
}

/** Axes of an equation, `...` written out. */
interface Equation {
  readonly x: readonly string[]
  readonly w: readonly string[]
  readonly y: readonly string[]
}

const ELLIPSIS = '...'

/** Sizes of the axes by their letters. */
type Sizes = ReadonlyMap<string, number | null>

/** Sums of products over the axes that input and kernel share: x [N,...], kernel -> y [N,...] (keras/src/layers/core/einsum_dense.py). */
export class EinsumDense extends KernelLayer {
  readonly className = 'EinsumDense'
  readonly equation: string
  readonly sizes: readonly (number | null)[]
  readonly biasAxes: string

  /** @throws ArgumentError for an equation that is none, or that a product of two matrices cannot be */
  constructor(options: EinsumDenseOptions) {
    super('einsum_dense', { ...options, useBias: Boolean(options.biasAxes) })
    this.equation = options.equation.replace(/\s/g, '')
    this.sizes = typeof options.outputShape === 'number' ? [options.outputShape] : options.outputShape
    this.biasAxes = options.biasAxes ?? ''
    if (!/^(\.{3})?[A-Za-z]+(\.{3})?,[A-Za-z]+->(\.{3})?[A-Za-z]+(\.{3})?$/.test(this.equation))
      throw new ArgumentError(this.name, `equation must be as abc,cd->abd, got ${JSON.stringify(options.equation)}`)
    if (this.sizes.some((d) => d !== null && !(Number.isInteger(d) && d > 0)))
      throw new ArgumentError(this.name, `outputShape must be positive whole numbers or null, got ${formatShape(this.sizes)}`)
  }

  static fromConfig(c: LayerConfig, make: MakeLayer): EinsumDense {
    const [equation, sizes, bias] = [c.value('equation'), c.value('output_shape'), c.value('bias_axes') ?? null]
    const known = typeof sizes === 'number' || (Array.isArray(sizes) && sizes.every((d) => d === null || typeof d === 'number'))
    if (typeof equation !== 'string') throw c.refuse('equation must be text', equation)
    if (!known) throw c.refuse('output_shape must be numbers', sizes)
    if (bias !== null && typeof bias !== 'string') throw c.refuse('bias_axes must be text', bias)
    return new EinsumDense({ ...kernelOptions(c, make), equation, outputShape: sizes as number | (number | null)[], biasAxes: bias })
  }

  override getConfig(): KerasConfig {
    const config = Object.entries(super.getConfig()).filter(([key]) => key !== 'use_bias')
    return { ...Object.fromEntries(config), equation: this.equation, output_shape: this.sizes, bias_axes: this.biasAxes || null }
  }

  /** @throws ArgumentError for axes that a product of two matrices has not */
  #parsed(rank: number): Equation {
    const [left, y] = this.equation.split('->') as [string, string]
    const [x, w] = left.split(',') as [string, string]
    const others = rank - x.replace(ELLIPSIS, '').length
    const spread = Array.from({ length: others }, (_, i) => String(i))
    const axes = (text: string) => {
      const at = text.indexOf(ELLIPSIS)
      return at < 0 ? [...text] : [...text.slice(0, at), ...spread, ...text.slice(at + 3)]
    }
    const e = { x: axes(x), w: axes(w), y: axes(y) }
    const all = [...e.x, ...e.w]
    const once = [e.x, e.w, e.y].every((list) => new Set(list).size === list.length)
    const product =
      e.y.every((a) => all.includes(a) && !(e.x.includes(a) && e.w.includes(a))) &&
      all.every((a) => e.y.includes(a) || (e.x.includes(a) && e.w.includes(a)))
    const batched = e.x[0] === e.y[0] && !e.w.includes(e.x[0]!)
    if (others >= 0 && (others > 0 || e.x.length === rank) && once && product && batched) return e
    const rule =
      'equation must sum over all axes that input and kernel share, have the others in the output once, and the batch first in both'
    throw new ArgumentError(this.name, `${rule}, got ${this.equation} for an input of rank ${rank}`)
  }

  #sizesOf({ x, y }: Equation, shape: SymbolicShape): Sizes {
    const sizes = new Map<string, number | null>(x.map((a, i) => [a, shape[i]!]))
    const behind = y.slice(y.length - this.sizes.length)
    if (this.sizes.length >= y.length)
      throw new ShapeError(this.name, `outputShape must be at most ${y.length - 1} sizes, got ${formatShape(this.sizes)}`)
    behind.forEach((a, i) => {
      const size = this.sizes[i]
      if (size === null || size === undefined) return
      const own = sizes.get(a)
      if (typeof own === 'number' && own !== size)
        throw new ShapeError(this.name, `outputShape must have the input's ${own} for axis ${a}, got ${size}`)
      sizes.set(a, size)
    })
    const open = y.find((a) => !x.includes(a) && typeof sizes.get(a) !== 'number')
    if (open !== undefined) throw new ShapeError(this.name, `outputShape must say the size of axis ${open}, got ${formatShape(this.sizes)}`)
    return sizes
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const e = this.#parsed(x!.length)
    const sizes = this.#sizesOf(e, x!)
    return e.y.map((a, i) => (i ? sizes.get(a)! : null))
  }

  protected override build(shape: SymbolicShape): void {
    const e = this.#parsed(shape.length)
    const sizes = this.#sizesOf(e, shape)
    const unknown = e.w.find((a) => typeof sizes.get(a) !== 'number')
    if (unknown !== undefined) throw new ShapeError(this.name, `the input must say the size of axis ${unknown}, got ${formatShape(shape)}`)
    this.addWeight('kernel', e.w.map((a) => sizes.get(a)!), this.kernelInitializer) // prettier-ignore
    if (!this.useBias) return
    const strange = [...this.biasAxes].find((a) => !e.y.includes(a) || typeof sizes.get(a) !== 'number')
    if (strange !== undefined) throw new ArgumentError(this.name, `biasAxes must be axes of the output of known size, got ${strange}`)
    const first = e.y.findIndex((a) => this.biasAxes.includes(a))
    this.addWeight('bias', e.y.slice(first).map((a) => (this.biasAxes.includes(a) ? sizes.get(a)! : 1)), this.biasInitializer) // prettier-ignore
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const x = inputs[0]!
    const e = this.#parsed(x.shape.length)
    const [kernel, bias] = this.weights.map((p) => graph.parameter(p))
    const summed = e.w.filter((a) => e.x.includes(a))
    const [rows, columns] = [e.x.filter((a) => !summed.includes(a)), e.w.filter((a) => !summed.includes(a))]
    const sizeIn = (axes: readonly string[], from: readonly string[], node: Node) => axes.map((a) => node.shape[from.indexOf(a)]!)
    const ordered = (node: Node, from: readonly string[], to: readonly string[]) => permuted(graph, node, to.map((a) => from.indexOf(a))) // prettier-ignore
    const [rowSizes, columnSizes] = [sizeIn(rows, e.x, x), sizeIn(columns, e.w, kernel!)]
    const C = sizeOf(sizeIn(summed, e.x, x))
    const a = graph.view(ordered(x, e.x, [...rows, ...summed]), [sizeOf(rowSizes), C])
    const b = graph.view(ordered(kernel!, e.w, [...summed, ...columns]), [C, sizeOf(columnSizes)])
    const made = graph.view(graph.add(dense, [a, b], { activation: 'linear' }), [...rowSizes, ...columnSizes])
    const y = ordered(made, [...rows, ...columns], e.y)
    return activate(graph, bias ? graph.add(combine, [y, bias], { kind: 'add', activation: 'linear' }) : y, this.activation)
  }
}
