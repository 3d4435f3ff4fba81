/** The `register` class of conv2d: which tile, and the shader text for it. */
import { ceilDiv } from '../shape.ts'
import { geometryOf, sharedConsts, type Conv2dAttrs, type Geometry } from './conv2d.geometry.ts'
import source from './conv2d.register.wgsl'
import { unroll } from './conv2d.unroll.ts'
import type { KernelIO, Variant } from './kernel.ts'

/** What one thread computes, and how many threads share a tile of pixels. */
export interface RegisterTile {
  /** Rows, columns and channel vectors. */
  readonly h: number
  readonly w: number
  readonly k: number
  /** Input channels loaded at a time: 4 or 1. */
  readonly u: number
  /** Threads of a workgroup, side by side along the channels. */
  readonly lanes: number
}

/** Channels of a vector: 4 where the channels of each group are whole vectors. */
function vectorSize({ Kg }: Geometry): number {
  return Kg % 4 === 0 ? 4 : 1
}

function chooseTile(io: KernelIO<Conv2dAttrs>): RegisterTile {
  const g = geometryOf(io)
  const kv = g.K / vectorSize(g)
  return { h: 1, w: Math.min(g.Q, 7), k: io.attrs.groups === 1 && kv > 8 ? 2 : 1, u: g.Cg % 4 ? 1 : 4, lanes: 8 }
}

function groupsOf(g: Geometry, t: RegisterTile): { TILES_P: number; TILES_Q: number; GROUPS: number } {
  const TILES_P = ceilDiv(g.P, t.h)
  const TILES_Q = ceilDiv(g.Q, t.w)
  return { TILES_P, TILES_Q, GROUPS: g.N * TILES_P * TILES_Q * ceilDiv(g.K / vectorSize(g), t.k * t.lanes) }
}

/** The variant for a way to choose the tile. */
export function registerWith(choose: (io: KernelIO<Conv2dAttrs>) => RegisterTile): Variant<Conv2dAttrs> {
  return {
    wgsl: (io) => {
      const g = geometryOf(io)
      const t = choose(io)
      const stride = io.attrs.strides[1]
      let text = source
      if (vectorSize(g) === 1) text = text.replace('alias Vec = vec4f;', 'alias Vec = f32;')
      if (t.u === 4) text = text.replace('alias VecX = f32;', 'alias VecX = vec4f;')
      return unroll(text, {
        axes: { u: t.u, s: g.S, i: t.h, j: t.w, k: t.k, c: (t.w - 1) * stride + g.S },
        derived: { c: { from: ['j', 's'], value: (at) => at['j']! * stride + at['s']! } },
      })
    },
    consts: (io) => {
      const g = geometryOf(io)
      const t = choose(io)
      const v = vectorSize(g)
      return {
        ...sharedConsts(io), CX: g.C / t.u, CGX: g.Cg / t.u, PER_X: t.u,
        KV: g.K / v, KGV: g.Kg / v, TILE_H: t.h, TILE_W: t.w, TILE_K: t.k, LANES: t.lanes, ...groupsOf(g, t),
      }
    },
    workgroups: (io) => groupsOf(geometryOf(io), choose(io)).GROUPS,
  }
}

export const registerVariant = registerWith(chooseTile)
