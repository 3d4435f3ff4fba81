/** The `register` class of conv2d: which tile, and the shader text for it. */
import { ceilDiv } from '../shape.ts'
import { geometryOf, sharedConsts, type Conv2dAttrs, type Geometry } from './conv2d.geometry.ts'
import source from './conv2d.register.wgsl'
import type { KernelIO, Variant } from './kernel.ts'

/** What one thread computes, and how many threads share a tile of pixels. */
export interface RegisterTile {
  /** Rows, columns and channel vectors. */
  readonly h: number
  readonly w: number
  readonly k: number
  /** Threads of a workgroup, side by side along the channels. */
  readonly lanes: number
}

/** Repeats of each axis letter. `c` is s and j taken together: the columns of x that a row of the tile reads. */
type Axes = Readonly<Record<'i' | 'j' | 'k' | 's' | 'c', number>>

/**
 * Writes out a tile: every line that names an axis (`sum_i0_j0`, or `0u` with the axis in a comment behind it) is repeated for each
 * value of that axis. On a line that names j, s and c, c is j * stride + s.
 */
function unroll(wgsl: string, axes: Axes, stride: number): string {
  const repeat = (line: string): string[] => {
    const named = (['i', 'j', 's', 'k', 'c'] as const).filter((a) => new RegExp(`_${a}0|0[iu]/\\*${a}\\*/`).test(line))
    let lines = [{ line, at: {} as Record<string, number> }]
    for (const axis of named) {
      const derived = axis === 'c' && named.includes('j') && named.includes('s')
      lines = lines.flatMap(({ line: text, at }) => {
        const values = derived ? [at['j']! * stride + at['s']!] : Array.from({ length: axes[axis] }, (_, v) => v)
        return values.map((v) => ({
          line: text.replaceAll(`_${axis}0`, `_${axis}${v}`).replace(new RegExp(`0([iu])/\\*${axis}\\*/`, 'g'), `${v}$1`),
          at: { ...at, [axis]: v },
        }))
      })
    }
    return lines.map((l) => l.line)
  }
  return wgsl.split('\n').flatMap((line) => (line.trimStart().startsWith('//') ? [line] : repeat(line))).join('\n')
}

/** Channels of a vector: 4 where the channels of each group are whole vectors. */
function vectorSize({ Kg }: Geometry): number {
  return Kg % 4 === 0 ? 4 : 1
}

function chooseTile(io: KernelIO<Conv2dAttrs>): RegisterTile {
  const g = geometryOf(io)
  const kv = g.K / vectorSize(g)
  return { h: 1, w: Math.min(g.Q, 7), k: io.attrs.groups === 1 && kv > 8 ? 2 : 1, lanes: 8 }
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
      const axes = { i: t.h, j: t.w, k: t.k, s: g.S, c: (t.w - 1) * stride + g.S }
      return unroll(vectorSize(g) === 4 ? source : source.replace('alias Vec = vec4f;', 'alias Vec = f32;'), axes, stride)
    },
    consts: (io) => {
      const g = geometryOf(io)
      const t = choose(io)
      const v = vectorSize(g)
      return {
        ...sharedConsts(io), KV: g.K / v, KGV: g.Kg / v, TILE_H: t.h, TILE_W: t.w, TILE_K: t.k, LANES: t.lanes, ...groupsOf(g, t),
      }
    },
    workgroups: (io) => groupsOf(geometryOf(io), choose(io)).GROUPS,
  }
}

export const registerVariant = registerWith(chooseTile)
