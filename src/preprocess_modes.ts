/** What Keras calls preprocess_input (keras/src/applications/imagenet_utils.py): RGB pixels 0 to 255 to what a network was trained on. */
import { ArgumentError, ShapeError } from './errors.ts'
import { formatShape } from './shape.ts'

/**
 * `caffe`: RGB to BGR, minus [103.939, 116.779, 123.68]; `tf`: x / 127.5 - 1; `unit`: x / 255;
 * `torch`: (x / 255 - mean) / std with mean [0.485, 0.456, 0.406] and std [0.229, 0.224, 0.225];
 * `bvlc`: RGB to BGR, minus [104, 117, 123], as BVLC's GoogLeNet and AlexNet have it. See {@link preprocessInput}.
 */
export type PreprocessMode = 'caffe' | 'tf' | 'torch' | 'unit' | 'bvlc'

export interface PreprocessNumbers {
  /** Takes exactly three channels. */
  readonly rgb: boolean
  readonly reverse: boolean
  readonly divisor: number
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
}

const ONES = [1, 1, 1] as const

/** y = (x / divisor - mean) / std, by output channel where `rgb`. */
export const PREPROCESS_MODES: Readonly<Record<PreprocessMode, PreprocessNumbers>> = {
  caffe: { rgb: true, reverse: true, divisor: 1, mean: [103.939, 116.779, 123.68], std: ONES },
  tf: { rgb: false, reverse: false, divisor: 127.5, mean: ONES, std: ONES },
  torch: { rgb: true, reverse: false, divisor: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  unit: { rgb: false, reverse: false, divisor: 255, mean: [0, 0, 0], std: ONES },
  bvlc: { rgb: true, reverse: true, divisor: 1, mean: [104, 117, 123], std: ONES },
}

/**
 * The numbers of a mode, and a check that they fit pixels of a shape, if there is one yet; its last axis counts channels.
 * @throws ArgumentError for an unknown mode; ShapeError unless a mode with three means has three channels
 */
export function preprocessNumbers(where: string, mode: PreprocessMode, shape?: readonly (number | null)[]): PreprocessNumbers {
  if (!Object.hasOwn(PREPROCESS_MODES, mode)) {
    throw new ArgumentError(where, `mode must be one of ${Object.keys(PREPROCESS_MODES).join(', ')}, got ${String(mode)}`)
  }
  const numbers = PREPROCESS_MODES[mode]
  if (shape && numbers.rgb && shape.at(-1) !== 3) {
    throw new ShapeError(where, `mode ${mode} takes 3 channels (RGB), got ${shape.at(-1) ?? 'none'} in x ${formatShape(shape)}`)
  }
  return numbers
}
