/** What resizing appends to a graph: for layers and operations that resize pictures. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { pad } from '../kernels/pad.ts'
import { resizeAxis } from '../kernels/resize_axis.ts'
import { resizeBilinear } from '../kernels/resize_bilinear.ts'
import { resizeNearest } from '../kernels/resize_nearest.ts'
import type { Constants } from './constants.ts'
import { tapsOf, type Filtering } from './resize_taps.ts'

/** What Keras has: `area` with TensorFlow only. */
export const KERAS_INTERPOLATIONS = ['bilinear', 'nearest', 'bicubic', 'lanczos3', 'lanczos5', 'area'] as const

export const INTERPOLATIONS = [...KERAS_INTERPOLATIONS, 'bilinearLegacy', 'bilinearCorners'] as const

export type Interpolation = (typeof INTERPOLATIONS)[number]

/** Of Keras's image.resize. */
export interface Resize {
  readonly height: number
  readonly width: number
  readonly interpolation: Interpolation
  /** Whether, where pixels become fewer, all of them count. `nearest` and `area` pass it over, as in Keras. Default false. */
  readonly antialias?: boolean
  /** Cut to the shape of the result first, around the middle. Default false. */
  readonly cropToAspectRatio?: boolean
  /** Filled up to the shape of the result first, evenly on both sides. Default false. */
  readonly padToAspectRatio?: boolean
  /** What it is filled up with. Default 0. */
  readonly fillValue?: number
}

/** Keras's rules. @throws ArgumentError */
export function checkResize(where: string, { height, width, interpolation, antialias = false, ...more }: Resize): void {
  const { cropToAspectRatio: crop = false, padToAspectRatio: padded = false, fillValue = 0 } = more
  if (![height, width].every((n) => Number.isInteger(n) && n > 0))
    throw new ArgumentError(where, `height and width must be positive whole numbers, got ${height} and ${width}`)
  checkInterpolation(where, interpolation)
  for (const [name, value] of Object.entries({ antialias, cropToAspectRatio: crop, padToAspectRatio: padded })) {
    if (typeof value !== 'boolean') throw new ArgumentError(where, `${name} must be true or false, got ${String(value)}`)
  }
  if (crop && padded) throw new ArgumentError(where, 'only one of cropToAspectRatio and padToAspectRatio may be true, got both')
  if (!Number.isFinite(Math.fround(fillValue)))
    throw new ArgumentError(where, `fillValue must be a finite number, got ${String(fillValue)}`)
  if (antialias && !(KERAS_INTERPOLATIONS as readonly string[]).includes(interpolation))
    throw new ArgumentError(where, `antialias must be false where interpolation is ${interpolation}, got true`)
}

/** @throws ArgumentError unless it is one of them */
export function checkInterpolation(where: string, given: Interpolation): void {
  if (INTERPOLATIONS.includes(given)) return
  throw new ArgumentError(where, `interpolation must be one of ${INTERPOLATIONS.join(', ')}, got ${String(given)}`)
}

/** Cuts rows or columns off, or adds some, until the picture has the shape of the result. Keras's sizes, rounded as there. */
function shaped(graph: Graph, x: Node, { height, width, cropToAspectRatio, padToAspectRatio, fillValue = 0 }: Resize): Node {
  const [, H, W] = x.shape as [number, number, number]
  const wanted = [Math.trunc((W * height) / width), Math.trunc((H * width) / height)] as const
  if (cropToAspectRatio) {
    const [rows, columns] = [Math.max(Math.min(H, wanted[0]), 1), Math.max(Math.min(W, wanted[1]), 1)]
    const [top, left] = [Math.trunc((H - rows) / 2), Math.trunc((W - columns) / 2)]
    if (rows === H && columns === W) return x
    return graph.add(pad, [x], { padding: [-top, -left, top + rows - H, left + columns - W] })
  }
  if (!padToAspectRatio) return x
  // As many on both sides, so that an odd one that is missing stays missing.
  const [rows, columns] = [Math.trunc((Math.max(H, wanted[0]) - H) / 2), Math.trunc((Math.max(W, wanted[1]) - W) / 2)]
  if (!rows && !columns) return x
  return graph.add(pad, [x], { padding: [rows, columns, rows, columns], value: fillValue })
}

const MODES = { bilinear: 'halfPixel', bilinearLegacy: 'legacy', bilinearCorners: 'corners' } as const

/** Along each axis that changes, the one that leaves fewer pixels first. */
function filtered(graph: Graph, constants: Constants, x: Node, { height, width, antialias = false }: Resize, filtering: Filtering): Node {
  const [, H, W] = x.shape as [number, number, number]
  const along = (from: Node, axis: 1 | 2, target: number): Node => {
    const size = from.shape[axis]!
    if (size === target) return from
    return graph.add(resizeAxis, [from, graph.parameter(constants.of(tapsOf(size, target, filtering, antialias, constants.layer)))], {
      axis,
    })
  }
  return height * W <= H * width ? along(along(x, 1, height), 2, width) : along(along(x, 2, width), 1, height)
}

/**
 * [N,H,W,C] -> [N,height,width,C].
 * @param constants where weights of filters are kept
 * @param how checked
 */
export function resize(graph: Graph, constants: Constants, given: Node, how: Resize): Node {
  const { height, width, interpolation, antialias } = how
  const x = shaped(graph, given, how)
  const [, H, W] = x.shape as [number, number, number]
  if (interpolation === 'nearest') return graph.add(resizeNearest, [x], { height, width })
  const smooth = antialias === true && (height < H || width < W)
  if (interpolation === 'bilinear' && smooth) return filtered(graph, constants, x, how, 'bilinear')
  if (interpolation === 'bilinear' || interpolation === 'bilinearLegacy' || interpolation === 'bilinearCorners')
    return graph.add(resizeBilinear, [x], { height, width, mode: MODES[interpolation] })
  return filtered(graph, constants, x, how, interpolation)
}
