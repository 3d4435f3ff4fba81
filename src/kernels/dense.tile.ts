/** What the dense kernels share: shaders for one output a thread, written out to larger tiles. */
import { ceilDiv } from '../shape.ts'

/** Repeats of each axis letter. */
export type Axes = Readonly<Record<string, number>>

/**
 * Writes out a tile: every line that names an axis (`sum_i0`, or `0u` with the axis in a comment behind it) is repeated for each
 * value of that axis. Software adapters' compilers neither unroll loops nor keep indexed arrays in registers.
 */
export function unroll(wgsl: string, axes: Axes): string {
  const repeat = (line: string, axis: string, count: number): string[] => {
    const place = new RegExp(`_${axis}0|0u/\\*${axis}\\*/`)
    if (!place.test(line)) return [line]
    return Array.from({ length: count }, (_, v) => line.replaceAll(`_${axis}0`, `_${axis}${v}`).replaceAll(`0u/*${axis}*/`, `${v}u`))
  }
  const expand = (line: string) =>
    Object.entries(axes).reduce((lines, [axis, count]) => lines.flatMap((l) => repeat(l, axis, count)), [line])
  return wgsl
    .split('\n')
    .flatMap((line) => (line.trimStart().startsWith('//') ? [line] : expand(line)))
    .join('\n')
}

/** Elements of a vector along an axis of this size: 4, or 1 where rows would not begin at whole vectors. */
export function vectorSize(size: number): 1 | 4 {
  return size % 4 === 0 ? 4 : 1
}

/** The shader with `Vec` as vec4f (as it stands) or, where vectors have one element, as f32. */
export function withVectors(wgsl: string, elements: 1 | 4): string {
  if (elements === 4) return wgsl
  return wgsl.replace(/alias Vec ?= ?vec4f;/, 'alias Vec = f32;').replace(/dot\((\w+), ?(\w+)\)/, '$1 * $2')
}

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

/** The first of the tiles, best first, that makes enough workgroups; else the last. Eight lanes: the widest software adapter's. */
export function registerTile(rows: number, columns: number, tiles: readonly (readonly [rows: number, columns: number])[]): Tile {
  const made = tiles.map((most) => tileOf(rows, columns, most, 8))
  return made.find((t) => t.groups >= ENOUGH_GROUPS) ?? made.at(-1)!
}
