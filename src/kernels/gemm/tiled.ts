/** The products of a convolution as blocks in workgroup memory, for GPUs: which block a workgroup computes, and what the shader is told. */
import { ceilDiv } from '../../shape.ts'
import type { Caps } from '../../caps.ts'
import { sliceOf, type Kernel, type Sizes } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { NO_EPILOGUE, PLAIN_BINDINGS, type Epilogue } from '../epilogue.ts'
import { whole, type Geometry } from './geometry.ts'
import source from './tiled.wgsl'

const shader = new Shader(source)

/** A workgroup's block: 4 * rows * gy rows and 4 * columns * gx columns of y. */
export interface Block {
  /** `128x64`, rows and columns. */
  readonly name: string
  /** Vectors of four rows, and of four columns, of a thread. */
  readonly rows: number
  readonly columns: number
  /** Threads along the columns and along the rows. */
  readonly gx: number
  readonly gy: number
  /** Terms of the sum that are in workgroup memory at a time. */
  readonly depth: number
  /** Terms of a turn of the innermost loop: enough to hide the way from workgroup memory, no more, since a text compiles by its length. */
  readonly terms: number
  /** Share of a GPU's peak that such a block may reach: larger register tiles ask less of the workgroup memory. */
  readonly efficiency: number
}

/** The first two ask for 1 byte of workgroup memory per multiply-add, the last for 2. Each fits in 16 KiB. */
export const BLOCKS: readonly Block[] = [
  { name: '128x64', rows: 2, columns: 2, gx: 8, gy: 16, depth: 16, terms: 4, efficiency: 1 },
  { name: '64x64', rows: 2, columns: 2, gx: 8, gy: 8, depth: 16, terms: 2, efficiency: 0.95 },
  { name: '32x32', rows: 1, columns: 1, gx: 8, gy: 8, depth: 32, terms: 4, efficiency: 0.7 },
]

/** The one with the shortest text. Every block adds up a sum in the same order, so that all give the same bits. */
export const EARLY_BLOCK = '32x32'

/** Slices of a sum are whole blocks of any kind, so that they are the same for all. */
const DEEPEST = Math.max(...BLOCKS.map((block) => block.depth))

/** Which of the three products: y of x and w, dx of dy and w, dw of x and dy. */
export type Mode = 'forward' | 'gradX' | 'gradW'

/** Workgroups that a GPU runs at a time, at least; fewer leave parts of it idle. */
export const CONCURRENT = 128

/** Below so many columns in a group most of a block would be empty. */
const MIN_COLUMNS = 8

/** What a multiply-add costs on a software adapter, in those of a GPU's block: barriers and workgroup memory are memory there. */
export const SOFTWARE_FACTOR = 1e4

/** Rows, columns and terms of each product, how many there are beside each other, and whether their elements are vectors. */
interface Product {
  readonly M: number
  readonly N: number
  readonly K: number
  /** Rows of y. */
  readonly lines: number
  /** Products side by side: groups of channels, and phases. */
  readonly parts: number
  readonly phases: number
  /** Whether elements of a, b and y are vectors. */
  readonly vectors: readonly [a: boolean, b: boolean, y: boolean]
  readonly sizes: Sizes
}

function forward(g: Geometry): Product {
  const { N, H, W, C, R, S, K, P, Q, Cg, Kg, strides, dilations, pads, begin, slice } = g
  const [ea, ey] = [whole(C, Cg, begin) ? 4 : 1, whole(Kg) ? 4 : 1]
  const y = sliceOf({ output: [K], slice })
  return {
    ...{ M: N * P * Q, N: Kg, K: R * S * Cg, lines: N * P * Q, parts: K / Kg, phases: 1, vectors: [ea === 4, ey === 4, ey === 4] },
    sizes: {
      ...{ gridH: P, gridW: Q, aH: H, aW: W, aC: C / ea, aG: Cg / ea, aBegin: begin / ea, tapsH: R, tapsW: S },
      ...{ stepH: strides[0], stepW: strides[1], tapH: dilations[0], tapW: dilations[1], startH: -pads[0], startW: -pads[1] },
      ...{ bRow: K / ey, yRow: y.width / ey, yBegin: y.begin / ey, yH: P, yW: Q, strideH: 1, strideW: 1 },
    },
  }
}

function gradX(g: Geometry): Product {
  const { N, H, W, C, R, S, K, P, Q, Cg, Kg, strides, dilations, pads } = g
  const [ea, ey] = [whole(Kg) ? 4 : 1, whole(C, Cg) ? 4 : 1]
  const [gridH, gridW] = [ceilDiv(H, strides[0]), ceilDiv(W, strides[1])]
  // Strides and dilations exclude each other along an axis (conv2d refuses both): with strides, one tap of a phase leads a row of dy back.
  const [tapH, tapW] = [-dilations[0], -dilations[1]]
  return {
    ...{
      M: N * gridH * gridW,
      N: Cg,
      K: ceilDiv(R, strides[0]) * ceilDiv(S, strides[1]) * Kg,
      parts: C / Cg,
      phases: strides[0] * strides[1],
    },
    ...{ lines: N * H * W, vectors: [ea === 4, ea === 4, ey === 4] },
    sizes: {
      ...{ gridH, gridW, aH: P, aW: Q, aC: K / ea, aG: Kg / ea, aBegin: 0, tapsH: R, tapsW: S },
      ...{ stepH: 1, stepW: 1, tapH, tapW, startH: pads[0], startW: pads[1] },
      ...{ bRow: K / ea, yRow: C / ey, yBegin: 0, yH: H, yW: W, strideH: strides[0], strideW: strides[1] },
    },
  }
}

function gradW(g: Geometry): Product {
  const { N, P, Q, R, S, Cg } = g
  const f = forward(g)
  return { ...f, M: R * S * Cg, K: N * P * Q, lines: R * S * Cg }
}

const PRODUCTS = { forward, gradX, gradW }

/** A product, its sum in slices that are outputs beside each other. */
type SlicedProduct = Product & { steps(block: Block): number }

/** The last product that was asked for: every block asks for the same one. */
let last: { readonly g: Geometry; readonly mode: Mode; readonly slices: number; readonly product: SlicedProduct } | undefined

function productOf(g: Geometry, mode: Mode, slices: number): SlicedProduct {
  if (last?.g === g && last.mode === mode && last.slices === slices) return last.product
  const p = PRODUCTS[mode](g)
  const product: SlicedProduct = {
    ...p,
    phases: p.phases * slices,
    lines: p.lines * slices,
    steps: ({ depth }) => (slices === 1 ? ceilDiv(p.K, depth) : (ceilDiv(ceilDiv(p.K, DEEPEST), slices) * DEEPEST) / depth),
  }
  last = { g, mode, slices, product }
  return product
}

function countsOf(p: Product, block: Block): { blocksM: number; blocksN: number; groups: number } {
  const blocksM = ceilDiv(p.M, 4 * block.rows * block.gy)
  const blocksN = ceilDiv(p.N, 4 * block.columns * block.gx)
  return { blocksM, blocksN, groups: blocksM * blocksN * p.parts * p.phases }
}

/** Whether a product has enough columns for blocks. */
export const hasBlocks = ({ K, Kg }: Pick<Geometry, 'K' | 'Kg'>): boolean => K === Kg || Kg >= MIN_COLUMNS

/** Whether an adapter can run the blocks. */
const fits = ({ rows, columns, gx, gy, depth }: Block, caps: Caps): boolean =>
  gx * gy <= caps.invocations && 16 * depth * (rows * gy + 1 + columns * gx + 1) <= caps.workgroupBytes

/** Estimated time, in multiply-adds of the whole GPU: waves of workgroups, each as long as its block is large. */
export function tiledTime(g: Geometry, mode: Mode, block: Block, caps: Caps, slices = 1): number {
  const p = productOf(g, mode, slices)
  if (!fits(block, caps) || (p.parts > 1 && p.N < MIN_COLUMNS)) return Infinity
  const { groups } = countsOf(p, block)
  const waves = Math.max(1, groups / CONCURRENT)
  const work = 16 * block.rows * block.gy * block.columns * block.gx * p.steps(block) * block.depth
  return ((waves * work) / block.efficiency) * (caps.software ? SOFTWARE_FACTOR : 1)
}

const MODES: Readonly<Record<Mode, number>> = { forward: 0, gradX: 1, gradW: 2 }

/** Lines that a mode has no use for. */
const LINES: Readonly<Record<Mode, Readonly<Record<string, number>>>> = {
  forward: { u: 1, v: 0, p: 0, q: 1 },
  gradX: { u: 1, v: 0, p: 1, q: 0 },
  gradW: { u: 0, v: 1, p: 0, q: 1 },
}

function textOf(mode: Mode, block: Block, [a, b, y]: Product['vectors'], epilogue: Epilogue | undefined): string {
  const { rows, columns, gx, gy, depth, terms } = block
  return shader.text({
    axes: {
      ...{ t: terms, i: rows, r: 4, j: columns, l: 4, s: 4, m: mode === 'gradX' ? 1 : (depth * columns) / gy },
      ...{ e: a ? 1 : 4, f: b ? 1 : 4, g: y ? 1 : 4, ...LINES[mode], z: epilogue ? 1 : 0 },
    },
    scalars: [...(a ? [] : ['VecA']), ...(b ? [] : ['VecB']), ...(y ? [] : ['VecY'])],
    consts: { MODE: MODES[mode], GX: gx, GY: gy, TM: rows, TN: columns, BK: depth, TK: terms, LA: a ? 1 : 4, LB: b ? 1 : 4, LY: y ? 1 : 4 },
    ...(epilogue ? { functions: epilogue.functions('VecY') } : { bindings: PLAIN_BINDINGS }),
  })
}

/**
 * The kernel of a product.
 * @param epilogue what follows the sum; undefined where the op has no inputs for that
 * @param slices of the sum, each an output of its own: y is [slices, M, N]. Not for `gradX`, whose phases take their place
 */
export function tiledKernel(g: Geometry, mode: Mode, block: Block, epilogue: Epilogue | undefined, slices = 1): Kernel {
  const p = productOf(g, mode, slices)
  const counts = countsOf(p, block)
  const { M, K, parts, vectors } = p
  const N = p.N / (vectors[2] ? 4 : 1)
  return {
    wgsl: textOf(mode, block, vectors, epilogue),
    sizes: {
      ...counts,
      parts,
      M,
      N,
      K,
      steps: p.steps(block),
      yLast: (p.lines - 1) * p.sizes['yRow']!,
      ...p.sizes,
      ...(epilogue ?? NO_EPILOGUE).sizes,
    },
    groups: counts.groups,
  }
}
