/** What the resizes and their gradients share. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { expectRank, formatShape, type Shape } from '../shape.ts'
import type { Sizes } from './kernel.ts'

/** Size of the image that is made. */
export interface ResizeAttrs {
  readonly height: number
  readonly width: number
}

export interface BilinearAttrs extends ResizeAttrs {
  /**
   * `halfPixel`: source position (p + 0.5) * H / P - 0.5, clamped to the image, as Keras Resizing and TF2's tf.image.resize do;
   * `legacy`: p * H / P, as TF1's resize_images with align_corners=false; `corners`: p * (H - 1) / (P - 1), as with align_corners=true.
   */
  readonly mode: 'halfPixel' | 'legacy' | 'corners'
}

const MODES: readonly string[] = ['halfPixel', 'legacy', 'corners']

/** Largest product of an axis's sizes before and after: shaders make twice of it, with room to spare. */
const MAX_PRODUCT = 2 ** 29

/** Shape of the image [N,H,W,C] `x`, called `name`, at another size. @throws ShapeError */
export function resizedShape(op: string, name: string, x: Shape, { height, width }: ResizeAttrs): Shape {
  expectRank(op, name, x, 4)
  const [N, H, W, C] = x as readonly [number, number, number, number]
  if (![height, width].every((n) => Number.isInteger(n) && n > 0)) {
    throw new ShapeError(op, `height and width must be positive whole numbers, got ${height} and ${width}`)
  }
  if (H * height > MAX_PRODUCT || W * width > MAX_PRODUCT) {
    const got = `${name} ${formatShape(x)} and [${height},${width}]`
    throw new ShapeError(op, `input times output size of an axis must be 2^29 at most, got ${got}`)
  }
  return [N, height, width, C]
}

/** @throws ArgumentError unless there is such a mode */
export function checkMode(op: string, { mode }: BilinearAttrs): void {
  if (!MODES.includes(mode)) throw new ArgumentError(op, `mode must be one of ${MODES.join(', ')}, got ${String(mode)}`)
}

/** Sizes of both axes of x and y: the source position of output index `o` is max(o * step + offset, 0) / den. */
export function bilinearSizes([, H, W]: Shape, [, P, Q]: Shape, mode: BilinearAttrs['mode']): Sizes {
  const axis = (letter: 'H' | 'W', size: number, to: number): Sizes => {
    // Of one pixel, and to one, corners are where they are in the legacy mode.
    const ends = mode === 'corners' && size > 1 && to > 1
    const [step, offset, den] = mode === 'halfPixel' ? [2 * size, size - to, 2 * to] : ends ? [size - 1, 0, to - 1] : [size, 0, to]
    return { [`step${letter}`]: step, [`offset${letter}`]: offset, [`den${letter}`]: den }
  }
  return { ...axis('H', H!, P!), ...axis('W', W!, Q!) }
}
