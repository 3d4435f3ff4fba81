/** The variants of what sums over rows: one lane for each row, or a team of them. */
import { ArgumentError } from '../../errors.ts'
import { ceilDiv, type Shape } from '../../shape.ts'
import type { KernelIO, Sizes, Variant } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { geometryOf, twoOfRows, widthOf, widthOptions, type Geometry, type Rows } from './geometry.ts'
import wgsl from './rows.wgsl'

export interface RowParts {
  /** Sums of so many values of a row each, the last of what is left, instead of one of all; whole vectors where lines are. */
  readonly each?: number
}

/** [2,rows], or with `each` [parts,2,rows]. @throws ArgumentError unless parts are of whole vectors */
export function partsShape(op: string, geometry: Geometry, { each }: RowParts): Shape {
  const two = twoOfRows(geometry)
  if (each === undefined) return two
  if (!Number.isInteger(each) || each < 1 || each % widthOf(geometry))
    throw new ArgumentError(op, `each must be a positive whole number of vectors of ${widthOf(geometry)}, got ${each}`)
  return [ceilDiv(geometry.B * geometry.K, each), ...two]
}

const shader = new Shader(wgsl)

const LANES = 64

/** Lanes of a team by the variant's name. */
const SPANS = { thread: 1, team: 16, workgroup: 64 }

const TOTAL = `fn total(share: vec2f, lane: u32) -> vec2f {
  workgroupBarrier();
  shares[lane] = share;
  for (var half = SPAN / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane % SPAN < half) { shares[lane] += shares[lane + half]; }
  }
  workgroupBarrier();
  return shares[lane - lane % SPAN];
}`

const SCALAR_SUM = 'fn sumOf(v: Vec) -> f32 { return v; }'

/** How many times more lanes, or fewer, than take a few vectors each. Where neighbours in memory belong to other rows, lanes go along these. */
function estimate(span: number, vectors: number, { K }: Geometry): number {
  return Math.abs(Math.log2(span / (K === 1 ? 1 : vectors / 3)))
}

/** What takes the place of a function, and sizes, where x is summed by itself. */
const OF_X = {
  functions: {
    middleOf: 'fn middleOf(row: u32) -> f32 { return 0.0; }',
    weightOf: 'fn weightOf(at: u32, w: u32, d: Vec) -> Vec { return d; }',
  },
  sizes: { hasGamma: 0, grouped: 0, centred: 0 },
}

/** @param sizes of the shader, beside those that tell where a team's values are; undefined: of the moments of x */
export function rowVariants<A extends RowParts & Rows>(
  op: string,
  sizes?: (io: KernelIO<A>) => Sizes & typeof OF_X.sizes,
): readonly Variant<A>[] {
  const facts = ({ inputs, attrs }: KernelIO<A>) => {
    const geometry = geometryOf(op, inputs[0]!, attrs)
    const { A, B, G, K } = geometry
    const [width, n] = [widthOf(geometry), B * K]
    const each = attrs.each ?? n
    return { geometry, width, rows: A * G, n, each, teams: A * G * ceilDiv(n, each) }
  }
  return Object.entries(SPANS).map(([name, span]) => ({
    name,
    time(io, caps) {
      const { geometry, width, each } = facts(io)
      // Barriers are dear where lanes are not what runs side by side.
      if (caps.software) return span === 1 ? 0 : Infinity
      return estimate(span, each / width, geometry)
    },
    kernel(io) {
      const { geometry, width, rows, n, each, teams } = facts(io)
      const [G, K] = [geometry.G, geometry.K / width]
      const stepK = span % K
      const own = { rows, G, K, n: n / width, each: each / width, stepK, step: ((span - stepK) / K) * G * K + stepK, width }
      return {
        wgsl: shader.text({
          ...widthOptions(width),
          consts: { SPAN: span, MOMENTS: !sizes },
          functions: { ...(span > 1 && { total: TOTAL }), ...(width === 1 && { sumOf: SCALAR_SUM }), ...(!sizes && OF_X.functions) },
          ...(!sizes && { bindings: ['x', 'sums', 'sizes'] }),
        }),
        sizes: { ...own, ...(sizes?.(io) ?? OF_X.sizes) },
        groups: ceilDiv(teams, LANES / span),
      }
    },
  }))
}
