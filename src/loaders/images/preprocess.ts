/** What pictures become before a network sees them: Keras's preprocess_input of each network, on the CPU. */
import { ArgumentError } from '../../errors.ts'
import { PREPROCESS_MODES, preprocessNumbers, type PreprocessMode } from '../../preprocess_modes.ts'
import type { Tensor } from '../../tensor.ts'

/** How each network was trained; null: it has its own layers for that. From keras/src/applications, and BVLC's model zoo. */
const NETWORK_MODES = {
  vgg16: 'caffe',
  vgg19: 'caffe',
  resnet50: 'caffe',
  resnet101: 'caffe',
  resnet152: 'caffe',
  resnet50_legacy: 'caffe',
  inception_v3: 'tf',
  xception: 'tf',
  mobilenet: 'tf',
  mobilenet_v2: 'tf',
  densenet121: 'torch',
  efficientnet_b0: null,
  googlenet: 'bvlc',
  alexnet: 'bvlc',
} as const satisfies Record<string, PreprocessMode | null>

/** Networks that {@link preprocessInput} knows. */
export type NetworkName = keyof typeof NETWORK_MODES

/**
 * The preprocessing that a network takes; null where it takes pixels as they are. A mode's own name gives that mode.
 * @throws ArgumentError for a name that is neither
 * @example
 * preprocessModeOf('resnet50') // "caffe"
 */
export function preprocessModeOf(network: NetworkName | PreprocessMode): PreprocessMode | null {
  if (Object.hasOwn(NETWORK_MODES, network)) return NETWORK_MODES[network as NetworkName]
  if (Object.hasOwn(PREPROCESS_MODES, network)) return network as PreprocessMode
  const known = [...Object.keys(NETWORK_MODES), ...Object.keys(PREPROCESS_MODES)].join(', ')
  throw new ArgumentError('preprocess_input', `network must be one of ${known}, got ${String(network)}`)
}

/**
 * Keras's preprocess_input: RGB pixels 0..255 of any shape with the channels last, such as loadImage gives, to what the network takes.
 * The result is new; its f32 values are those of Keras, bit for bit. A `preprocess` layer does the same on the GPU.
 * @param network its name, such as `vgg16`, or a mode: `caffe`, `tf`, `torch`, `unit`, `bvlc`
 * @throws ArgumentError for an unknown network; ShapeError unless there are three channels where the mode has three means
 * @example
 * const pixel = tensor(new Uint8Array([255, 0, 51]), [1, 1, 1, 3])
 * preprocessInput(pixel, 'inception_v3').data // [1, -1, -0.6]
 * preprocessInput(pixel, 'vgg16').data // [-52.939, -116.779, 131.32]
 */
export function preprocessInput(image: Tensor, network: NetworkName | PreprocessMode): Tensor & { readonly data: Float32Array } {
  const mode = preprocessModeOf(network)
  const data = Float32Array.from(image.data)
  if (mode === null) return { shape: image.shape, data }
  const { rgb, reverse, divisor, mean, std } = preprocessNumbers('preprocess_input', mode, image.shape)
  // One rounding to f32 after every operation, and numbers of f32, as numpy has it.
  const [m, s] = [Float32Array.from(mean), Float32Array.from(std)]
  for (let i = 0; i < data.length; i++) {
    const c = rgb ? i % 3 : 0
    const x = image.data[reverse ? i - c + 2 - c : i]!
    data[i] = Math.fround(Math.fround(x / divisor) - m[c]!) / s[c]!
  }
  return { shape: image.shape, data }
}
