/** The forward product of a convolution without barriers, for software adapters: which tile, and what the shader is told. */
import { ceilDiv } from '../../shape.ts'
import type { Caps } from '../../caps.ts'
import type { Epilogue } from '../epilogue.ts'
import { sliceOf, type Kernel } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { multiplyAdds, whole, type Geometry } from './geometry.ts'
import source from './register.wgsl'
import { fixShort } from './short.ts'

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
 * Largest tile, in vectors. With 28, and 56 lines, the first prediction of InceptionV3 on lavapipe, which waits for every pipeline, took 13.0 s
 * instead of 11.2 s, and later ones no less.
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
  return whole(Kg) ? 4 : 1
}

/** Pixels of a 1x1 filter have no neighbours: all images become one row, so that tiles need not end where a row does. */
function flatten(g: Geometry): Geometry {
  const pointwise = g.R === 1 && g.S === 1 && g.strides.every((s) => s === 1) && g.pads.every((p) => p === 0)
  return pointwise ? { ...g, N: 1, H: 1, P: 1, W: g.N * g.H * g.W, Q: g.N * g.P * g.Q } : g
}

/** Columns of x that a row of the tile reads, counted from its first. Wide strides leave some out. */
function columns({ S, strides: [, stride], dilations: [, dilation] }: Geometry, { w }: RegisterTile): number[] {
  const all = new Set<number>()
  for (let j = 0; j < w; j++) for (let s = 0; s < S; s++) all.add(j * stride + s * dilation)
  return [...all].sort((a, b) => a - b)
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

/** The tile that is taken for these sizes. */
export function chooseTile(geometry: Geometry): RegisterTile {
  const g = flatten(geometry)
  return candidates(g)
    .map((tile) => ({ tile, cost: time(g, tile) }))
    .reduce((a, b) => (b.cost < a.cost ? b : a)).tile
}

/** Eight threads a workgroup, which share nothing: what a multiply-add costs on a GPU, in those of its blocks. */
const GPU_FACTOR = 1e4

/** Estimated time, in units of `tiledTime`. */
export const registerTime = (g: Geometry, caps: Caps): number => multiplyAdds(g) * (caps.software ? 1 : GPU_FACTOR)

/** The kernel of the forward product. */
export function registerKernel(geometry: Geometry, tile: RegisterTile, epilogue: Epilogue): Kernel {
  const g = flatten(geometry)
  const { N, H, W, C, R, S, P, Q, Cg, K, Kg, strides, dilations, pads, begin, slice } = g
  const v = vectorSize(g)
  const { GROUPS: groups, TILES_P: tilesP, TILES_Q: tilesQ } = counts(g, tile)
  const wgsl = shader.text({
    axes: { s: S, i: tile.h, j: tile.w, k: tile.k, c: columns(g, tile) },
    derived: { c: { j: strides[1], s: dilations[1] } },
    scalars: v === 4 ? [] : ['Vec'],
    consts: { S, TILE_H: tile.h, TILE_W: tile.w, TILE_K: tile.k, LANES: tile.lanes, UNPADDED: unpadded(g) },
    functions: epilogue.functions('Vec'),
  })
  const y = sliceOf({ output: [K], slice })
  const sizes = {
    ...{ N, H, W, C, R, P, Q, Cg, KV: K / v, KgV: Kg / v, strideH: strides[0], strideW: strides[1], padTop: pads[0], padLeft: pads[1] },
    ...{ tilesP, tilesQ, groups, begin, dilationH: dilations[0], yRow: y.width / v, yBegin: y.begin / v, ...epilogue.sizes },
  }
  return fixShort({ wgsl, sizes, groups }, R * S * Cg)
}

/** Whether every tap of every output meets a pixel. */
function unpadded({ H, W, R, S, P, Q, strides, dilations, pads }: Geometry): boolean {
  const last = (out: number, stride: number, window: number, dilation: number, pad: number) =>
    (out - 1) * stride + (window - 1) * dilation - pad
  const down = last(P, strides[0], R, dilations[0], pads[0]) < H
  return pads.every((p) => p <= 0) && down && last(Q, strides[1], S, dilations[1], pads[1]) < W
}
