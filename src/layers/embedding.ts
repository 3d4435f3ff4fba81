/** Embedding: a learned vector for each of some classes. */
import type { Node } from '../graph/graph.ts'
import { dense } from '../kernels/dense/dense.ts'
import { oneHot } from '../kernels/one_hot.ts'
import { unary } from '../kernels/unary.ts'
import { sizeOf } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { randomUniform, type Initializer, type InitializerName } from './initializers.ts'
import { checkCount } from './kernel_options.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import type { ConstraintLike, RegularizerLike } from './weight_rules.ts'

export interface EmbeddingOptions extends LayerOptions {
  /** How many classes there are: samples hold whole numbers below it. */
  inputDim: number
  /** Length of the vectors. */
  outputDim: number
  /** Default: from -0.05 to 0.05, evenly. */
  embeddingsInitializer?: Initializer | InitializerName
  embeddingsRegularizer?: RegularizerLike
  embeddingsConstraint?: ConstraintLike
}

/** What an Embedding's config says but its mask. */
export function embeddingOptions(c: LayerConfig): EmbeddingOptions {
  c.only('dropout', 0) // of Keras 1
  // What Keras 1 asks of W, as of kernels elsewhere.
  const options = Object.fromEntries(
    Object.entries(c.options()).map(([key, value]) => [key.replace(/^kernel/, 'embeddings'), value as unknown]),
  )
  return { ...options, inputDim: c.number(['input_dim']), outputDim: c.number(['output_dim']) }
}

/**
 * x [N,...] of class numbers, of which what is behind the point is left out, -> [N,...,outputDim]. What is no class has a vector of zeros; Keras leaves it to its backend. A vector is chosen by a product
 * with a row of zeros and a 1, so that its cost grows with the classes: for labels, as in conditional GANs, not for the words of a language.
 */
export class Embedding extends Layer {
  readonly className = 'Embedding'
  readonly inputDim: number
  readonly outputDim: number

  constructor(options: EmbeddingOptions) {
    super('embedding', options)
    this.inputDim = checkCount(this.name, 'inputDim', options.inputDim)
    this.outputDim = checkCount(this.name, 'outputDim', options.outputDim)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), input_dim: this.inputDim, output_dim: this.outputDim, mask_zero: false }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return [...x!, this.outputDim]
  }

  protected override channelsOf(): number {
    return this.inputDim
  }

  protected override build(): void {
    this.addWeight('embeddings', [this.inputDim, this.outputDim], randomUniform())
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const numbers = graph.add(unary, [graph.view(x!, [sizeOf(x!.shape)])], { kind: 'floor' })
    const rows = graph.add(oneHot, [numbers], { classes: this.inputDim })
    const y = graph.add(dense, [rows, graph.parameter(this.weights[0]!)], { activation: 'linear' })
    return graph.view(y, [...x!.shape, this.outputDim])
  }
}
