/** Pooling to a size that is wanted, whatever comes in: windows that may overlap and be of two sizes (keras/src/layers/pooling/base_adaptive_pooling.py). */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { avgPool } from '../kernels/avg_pool.ts'
import { maxPool } from '../kernels/max_pool.ts'
import { stridedSlice } from '../kernels/strided_slice.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import type { Pair } from './kernel_options.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { concatenated } from './merging.ts'
import { dimsOf, Space, spaceOptions, windowOf, type Dims, type SpaceOptions } from './space.ts'

/** Windows of one axis that are not all alike are cut out one by one: a few bytes of a file could ask for more than any device can run. */
const MANY = 1024

/** Max or average over as many windows as the output has pixels: [N,H,W,C] -> [N,P,Q,C], of sequences [N,W,C] -> [N,Q,C]. */
export class AdaptivePooling extends Layer {
  readonly className: `Adaptive${'Max' | 'Average'}Pooling${Dims}D`
  readonly outputSize: readonly [number, number]
  override readonly space: Space

  constructor(kind: 'max' | 'average', dims: Dims, { outputSize, ...options }: SpaceOptions & { outputSize: Pair }) {
    super(`adaptive_${kind}_pooling${dims}d`, options)
    this.className = `Adaptive${kind === 'max' ? 'Max' : 'Average'}Pooling${dims}D`
    this.space = new Space(this.name, dims, options)
    this.outputSize = this.space.pair('outputSize', outputSize)
    const most = Math.max(...this.outputSize)
    if (most > MANY) throw new ArgumentError(this.name, `outputSize must be ${MANY} at most, got ${most}`)
  }

  static fromConfig(c: LayerConfig): AdaptivePooling {
    const options = { ...spaceOptions(c), outputSize: windowOf(c, ['output_size']) }
    return new AdaptivePooling(c.className.startsWith('AdaptiveMax') ? 'max' : 'average', dimsOf(c), options)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), ...this.space.config(), output_size: this.space.kept(this.outputSize) }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [rows, columns] = this.outputSize
    return this.space.shape([rows, columns, this.space.picture(x)[2]])
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const [rows, columns] = this.outputSize
    const op = this.className.startsWith('AdaptiveMax') ? maxPool : avgPool
    return this.space.on(graph, inputs[0]!, (x) => pooled(graph, op, pooled(graph, op, x, 1, rows), 2, columns))
  }
}

/** Along one axis of a picture: window i is from the floor of i * length / count to the ceiling of (i + 1) * length / count. */
function pooled(graph: Graph, op: typeof maxPool, x: Node, axis: 1 | 2, count: number): Node {
  const length = x.shape[axis]!
  const pool = (part: Node, size: number) => {
    const poolSize: [number, number] = axis === 1 ? [size, 1] : [1, size]
    return size === 1 ? part : graph.add(op, [part], { poolSize, strides: poolSize, padding: 'valid' })
  }
  if (length % count === 0) return pool(x, length / count)
  const windows = Array.from({ length: count }, (_, i) => {
    const begin = Math.floor((i * length) / count)
    const size = Math.ceil(((i + 1) * length) / count) - begin
    const along = (value: number, otherwise: readonly number[]) => otherwise.with(axis, value)
    const taken = { begin: along(begin, [0, 0, 0, 0]), step: [1, 1, 1, 1], size: along(size, x.shape) }
    return pool(graph.add(stridedSlice, [x], taken), size)
  })
  return concatenated(graph, windows, axis)
}
