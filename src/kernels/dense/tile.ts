/** What the dense kernels share: vectors where sizes allow, and the `register` class. */
import { ceilDiv } from '../../shape.ts'
import type { DenseAttrs } from './attrs.ts'
import type { KernelIO, Variant } from '../kernel.ts'
import { Shader, type Consts } from '../shader.ts'

/** Elements of a vector along an axis of this size: 4, or 1 where rows would not begin at whole vectors. */
export function vectorSize(size: number): 1 | 4 {
  return size % 4 === 0 ? 4 : 1
}

/** What makes `Vec` f32 where vectors have one element. */
export const vectorOptions = (elements: 1 | 4, product = false) =>
  elements === 4
    ? {}
    : { scalars: ['Vec'], ...(product && { functions: { product: 'fn product(d: Vec, v: Vec) -> f32 { return d * v; }' } }) }

/** What a thread of a `register` kernel computes, and how many threads stand side by side. */
export interface Tile {
  readonly rows: number
  /** Columns, each a vector or a scalar as the shader has it, LANES apart. */
  readonly columns: number
  readonly lanes: number
  readonly rowGroups: number
  readonly groups: number
}

/** A tile of at most these sizes, rows shared out evenly. */
export function tileOf(rows: number, columns: number, most: readonly [rows: number, columns: number], lanes: number): Tile {
  const rowGroups = ceilDiv(rows, most[0])
  const width = Math.min(most[1], ceilDiv(columns, lanes))
  return { rows: ceilDiv(rows, rowGroups), columns: width, lanes, rowGroups, groups: rowGroups * ceilDiv(columns, width * lanes) }
}

/** Fewer workgroups than this leave cores of a software adapter idle. */
const ENOUGH_GROUPS = 8

/** What a `register` shader computes: an output of so many rows and columns, in the shader's own units. */
export interface Product {
  readonly rows: number
  readonly columns: number
  /** Elements of its vectors. */
  readonly vector: 1 | 4
  /** Its sizes and options by name. */
  readonly consts: Consts
}

type TileSize = readonly [rows: number, columns: number]

/** Largest tiles that stay in the registers of software adapters, best first. */
export const VECTOR_TILES: readonly TileSize[] = [
  [8, 2],
  [8, 1],
  [4, 1],
  [2, 1],
  [1, 1],
]

/** The `register` class: the first of the tiles that makes enough workgroups, else the last. Eight lanes: the widest software adapter's. */
export function registerClass<A extends object>(
  source: string,
  tiles: readonly TileSize[],
  productOf: (io: KernelIO<A>) => Product,
  isProduct = false,
): Variant<A> {
  const shader = new Shader(source)
  const choose = ({ rows, columns }: Product): Tile => {
    const made = tiles.map((most) => tileOf(rows, columns, most, 8))
    return made.find((t) => t.groups >= ENOUGH_GROUPS) ?? made.at(-1)!
  }
  return {
    name: 'register',
    time: (_, caps) => (caps.software ? 1 : 10),
    kernel: (io) => {
      const product = productOf(io)
      return tileKernel(shader, product, choose(product), isProduct)
    },
  }
}

export function tileKernel(
  shader: Shader,
  { vector, consts }: Product,
  { rows, columns, lanes, rowGroups, groups }: Tile,
  isProduct = false,
) {
  const wgsl = shader.text({
    ...vectorOptions(vector, isProduct),
    axes: { i: rows, j: columns },
    consts: { ...consts, ROWS: rows, COLUMNS: columns, LANES: lanes, ROW_GROUPS: rowGroups, GROUPS: groups },
  })
  return { wgsl, sizes: {}, groups }
}

/** What follows the sum, as both classes declare it. */
export function epilogueConsts({ inputs, attrs }: KernelIO<DenseAttrs>): Consts {
  return { HAS_BIAS: inputs[2] !== undefined, HAS_RESIDUAL: inputs[3] !== undefined, RELU: attrs.activation === 'relu' }
}
