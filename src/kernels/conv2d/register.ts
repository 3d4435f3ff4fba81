/** The `register` class of conv2d: which tile, and the shader text for it. */
import { ceilDiv } from '../../shape.ts'
import { geometryOf, sharedConsts, type Conv2dAttrs, type Geometry } from './geometry.ts'
import source from './register.wgsl'
import type { KernelIO, Variant } from '../kernel.ts'
import { Shader } from '../shader.ts'

const shader = new Shader(source)

/** What one thread computes, and how many threads share a tile of pixels. */
export interface RegisterTile {
  /** Rows, columns and channel vectors. */
  readonly h: number
  readonly w: number
  readonly k: number
  /** Threads of a workgroup, side by side along the channels. */
  readonly lanes: number
}

/**
 * Largest tile, in vectors. Twice as many would run a little faster, but the first prediction of a network waits for every pipeline:
 * InceptionV3 on lavapipe 12.5 s with these and 16.1 s with 28 and 56; later ones take 0.21 to 0.28 s instead of 0.19 s.
 */
const MAX_SUMS = 16

/** Largest number of lines with a multiply-add: they decide the compile time, here about 0.1 s (SwiftShader) to 0.4 s (lavapipe). */
const MAX_LINES = 32

/**
 * Time of one step over the input channels, of a load and of a multiply-add of one f32 per lane, fitted to 3x3 and 1x1 filters on
 * SwiftShader, where a load is a gather, lane by lane. lavapipe prefers the same tiles. Units are arbitrary.
 */
const COST = { step: 12, load: 4.1, fma: 0.63, store: 6 }

/** Workgroups come in batches over a few threads; what does not fill the last round is lost. */
const ROUND = 4

/** Channels of a vector: 4 where the channels of each group are whole vectors. */
function vectorSize({ Kg }: Geometry): number {
  return Kg % 4 === 0 ? 4 : 1
}

/** Pixels of a 1x1 filter have no neighbours: all images become one row, so that tiles need not end where a row does. */
function flatten(g: Geometry): Geometry {
  const pointwise = g.R === 1 && g.S === 1 && g.strides.every((s) => s === 1) && g.pads.every((p) => p === 0)
  return pointwise ? { ...g, N: 1, H: 1, P: 1, W: g.N * g.H * g.W, Q: g.N * g.P * g.Q } : g
}

/** Columns of x that a row of the tile reads, counted from its first. Wide strides leave some out. */
function columns({ S, strides: [, stride] }: Geometry, { w }: RegisterTile): number[] {
  return Array.from({ length: (w - 1) * stride + S }, (_, c) => c).filter((c) => c % stride < S)
}

function counts(g: Geometry, t: RegisterTile): { TILES_P: number; TILES_Q: number; GROUPS: number } {
  const TILES_P = ceilDiv(g.P, t.h)
  const TILES_Q = ceilDiv(g.Q, t.w)
  return { TILES_P, TILES_Q, GROUPS: g.N * TILES_P * TILES_Q * ceilDiv(g.K / vectorSize(g), t.k * t.lanes) }
}

/** Estimated time of the whole convolution. */
function time(g: Geometry, t: RegisterTile): number {
  const v = vectorSize(g)
  const sums = t.h * t.w * t.k
  const loads = t.h * columns(g, t).length + g.S * t.k * v
  const thread = g.R * g.Cg * (COST.step + COST.load * loads + COST.fma * g.S * sums * v) + COST.store * sums * v
  return Math.ceil(counts(g, t).GROUPS / ROUND) * t.lanes * thread
}

function candidates(g: Geometry): RegisterTile[] {
  const kv = g.K / vectorSize(g)
  const lanes = kv > 4 ? 8 : 4
  const some: RegisterTile[] = []
  for (let k = 1; k <= (g.Kg === g.K ? Math.min(2, ceilDiv(kv, lanes)) : 1); k++) {
    for (let h = 1; h <= Math.min(3, g.P); h++) {
      for (let w = 1; w <= Math.min(16, g.Q); w++) {
        const sums = h * w * k
        if (sums === 1 || (sums <= MAX_SUMS && sums * g.S <= MAX_LINES)) some.push({ h, w, k, lanes })
      }
    }
  }
  return some
}

function chooseTile(io: KernelIO<Conv2dAttrs>): RegisterTile {
  const g = flatten(geometryOf(io))
  return candidates(g)
    .map((tile) => ({ tile, cost: time(g, tile) }))
    .reduce((a, b) => (b.cost < a.cost ? b : a)).tile
}

/** The variant for a way to choose the tile. */
export function registerWith(choose: (io: KernelIO<Conv2dAttrs>) => RegisterTile): Variant<Conv2dAttrs> {
  return {
    name: 'register',
    time: (_, caps) => (caps.software ? 1 : 10),
    kernel: (io) => {
      const g = flatten(geometryOf(io))
      const t = choose(io)
      const { GROUPS } = counts(g, t)
      const wgsl = shader.text({
        axes: { s: g.S, i: t.h, j: t.w, k: t.k, c: columns(g, t) },
        derived: { c: { j: g.strides[1], s: 1 } },
        scalars: vectorSize(g) === 4 ? [] : ['Vec'],
        consts: {
          ...sharedConsts(g, io),
          C: g.C,
          ...counts(g, t),
          KV: g.K / vectorSize(g),
          KGV: g.Kg / vectorSize(g),
          TILE_H: t.h,
          TILE_W: t.w,
          TILE_K: t.k,
          LANES: t.lanes,
          UNPADDED: g.pads.every((p) => p <= 0),
        },
      })
      return { wgsl, sizes: {}, groups: GROUPS }
    },
  }
}

export const registerVariant = registerWith(chooseTile)
