/**
 * The oracle's own geometry of windows, from TensorFlow's definition (tf.nn.convolution and tf.nn.conv2d_transpose, "Notes on padding"),
 * one axis at a time.
 */
import type { Shape } from './values.ts'

/** `same` and `valid` as in Keras, or zeros at top, left, bottom, right. */
export type Padding = 'same' | 'valid' | Shape

export interface Axis {
  /** Number of windows. */
  readonly out: number
  /** Position of the first window's first element; negative in the padding. */
  readonly first: number
}

/** Windows that slide along an axis. @param side 0 for height, 1 for width */
export function slide(size: number, window: number, stride: number, padding: Padding, side: 0 | 1): Axis {
  if (padding === 'same') {
    const rest = size % stride || stride
    return { out: Math.floor((size + stride - 1) / stride), first: -Math.floor(Math.max(window - rest, 0) / 2) }
  }
  const [before, after] = padding === 'valid' ? [0, 0] : [padding[side]!, padding[side + 2]!]
  let out = 0
  while (out * stride + window <= before + size + after) out++
  return { out, first: -before }
}

/**
 * The transposed convolution of an axis (Keras `deconv_output_length`): `out` outputs, the first of which is so many behind the first that
 * an input reaches.
 * @param extra Keras's output padding, null where it is not given
 */
export function unslide(
  size: number,
  window: number,
  stride: number,
  padding: 'same' | 'valid',
  extra: number | null,
): { out: number; cut: number } {
  const reach = (size - 1) * stride + window
  if (padding === 'valid') return { out: extra === null ? Math.max(reach, size * stride) : reach + extra, cut: 0 }
  const out = extra === null ? size * stride : reach - 2 * Math.floor(window / 2) + extra
  return { out, cut: Math.floor(Math.max(reach - out, 0) / 2) }
}
