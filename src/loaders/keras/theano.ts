/**
 * The orders in which Keras 0, Keras 1 and the Theano backend keep weights, and what tells them. A convolution kernel has Theano's axes
 * (`th` dim ordering: [K,C,R,S]) or today's (`tf`: [R,S,C,K]), which its shape tells; it is turned round where Theano computed with it, which
 * nothing in its values tells. Weights behind a Flatten have their rows in the order of the feature map: [C,H,W] or [H,W,C].
 *
 * What Keras does: `preprocess_weights_for_loading`, `convert_kernel` and `convert_dense_weights_data_format` of Keras 2.
 */
import { ArgumentError, FileError } from '../../errors.ts'
import { formatShape, sameShape, sizeOf, type Shape } from '../../shape.ts'
import { channelsLast, joined, mapped, transposed } from './converted.ts'
import type { TensorSource } from '../../tensor_source.ts'
import type { DimOrdering, FileWeight, KernelKind, KerasWeightsFile, WeightTarget } from './weights_file.ts'

/** How to read files that do not say it themselves. What is given here counts, whatever the file says. See {@link loadModel}. */
export interface ConvertOptions {
  /**
   * Which Keras wrote the file, such as `2.2.4` or `1.2`. Default: what the file says, else what its form tells. For HDF5 files with lists of layers'
   * names, and for configs.
   */
  kerasVersion?: string
  /**
   * Which backend computed with the kernels; `theano` ones are turned round. Default: what the attribute `backend` says, else `th_kernels` or
   * `tf_kernels` in the file's name, else in Keras 1 the names of the weights, which end in `:0` where TensorFlow made them. Files of Keras 2 and
   * later that do not say it are TensorFlow's; those of Keras 0 are refused.
   */
  kernels?: KernelKind
  /**
   * Order of axes in kernels of Keras 0 and 1, and of the rows of weights behind a Flatten in any file; a network that has its channels first
   * itself takes the rows as they are. Default: what the kernels' shapes say, else `th_dim_ordering` or `tf_dim_ordering` in the file's name, or
   * `dim_ordering` or `data_format` in its config; files of Keras 2 and later are `tf`, but for those of the Theano backend: their rows are
   * refused where the config does not say it.
   */
  dimOrdering?: DimOrdering
  /**
   * What files of Keras 0 and 1 have as `running_std`: the `variance` since Keras 1.0.6, before that the standard deviation `std`, which was
   * used as (x - mean) / (std + epsilon). Default: `variance` for Keras 1, `std` for Keras 0.
   */
  kerasOneBatchNorm?: 'std' | 'variance'
}

/** What one file's weights are taken for. Undefined: nothing tells. */
export interface Dialect {
  readonly file: KerasWeightsFile
  readonly kernels: KernelKind | undefined
  readonly order: DimOrdering | undefined
  /** `order` was said, not found. */
  readonly ordered: boolean
  readonly deviations: boolean
  /** What was converted, for the report. */
  readonly done: Set<string>
}

/** One weight of the network and what the file has for it: one weight, or several to be joined along the last axis. */
export interface Pairing {
  readonly target: WeightTarget
  readonly parameter: WeightTarget['parameters'][number]
  readonly parts: readonly FileWeight[]
}

const SAME = [0, 1, 2, 3] as const

/** Axes of the file that become [R,S,C,K] (transposed convolutions: [R,S,K,C]), in files of Keras 0 and 1. */
const OLD_AXES: Readonly<Record<string, Readonly<Record<DimOrdering, readonly number[]>>>> = {
  Conv2D: { th: [2, 3, 1, 0], tf: SAME },
  Conv2DTranspose: { th: [2, 3, 0, 1], tf: [0, 1, 3, 2] },
}

function axesOf({ era }: KerasWeightsFile, { className }: WeightTarget): Partial<Record<DimOrdering, readonly number[]>> {
  return (era < 2 ? OLD_AXES[className] : undefined) ?? { tf: SAME }
}

const isKernel = ({ parameter: { name, shape } }: Pairing): boolean => name.endsWith('kernel') && shape.length === 4

/** Of a convolution of sequences, [S,C,K], with more than one tap. */
const isSequenceKernel = ({ target: { className }, parameter: { name, shape } }: Pairing): boolean =>
  name.endsWith('kernel') && shape.length === 3 && shape[0]! > 1 && className.includes('Conv')

/** Dim orderings in which a weight has the shape that is wanted; where it is a part of it, but for the last axis. */
function fitting(file: KerasWeightsFile, { target, parameter, parts }: Pairing, shape: Shape): DimOrdering[] {
  const compared = parts.length > 1 ? -1 : shape.length
  const axes = axesOf(file, target)
  const wanted = parameter.shape.slice(0, compared)
  const fits = (order: DimOrdering) => {
    const got = axes[order]?.map((a) => shape[a]!)
    return shape.length === 4 && got !== undefined && sameShape(got.slice(0, compared), wanted)
  }
  return (['tf', 'th'] as const).filter(fits)
}

/** @throws ArgumentError for an option of no such value, or for a file that it cannot belong to */
export function dialectOf(file: KerasWeightsFile, pairings: readonly Pairing[], options: ConvertOptions): Dialect {
  checkOptions(file, options)
  const found = new Set(
    pairings.filter(isKernel).flatMap((pairing) => {
      const fits = fitting(file, pairing, pairing.parts[0]!.source.shape)
      return file.era < 2 && fits.length === 1 ? fits : []
    }),
  )
  const [seen] = found.size === 1 ? found : []
  const usual = file.era === 2 && file.kernels !== 'theano' ? 'tf' : undefined
  return {
    file,
    kernels: options.kernels ?? file.kernels ?? (file.era === 2 ? 'tensorflow' : undefined),
    order: options.dimOrdering ?? seen ?? file.dimOrdering ?? usual,
    ordered: options.dimOrdering !== undefined,
    deviations: (options.kerasOneBatchNorm ?? (file.era === 0 ? 'std' : 'variance')) === 'std',
    done: new Set(),
  }
}

function checkOptions(file: KerasWeightsFile, { kernels, dimOrdering, kerasOneBatchNorm }: ConvertOptions): void {
  const check = (name: string, value: string | undefined, known: readonly string[]) => {
    if (value !== undefined && !known.includes(value))
      throw new ArgumentError('loadWeights', `${name} must be ${known.join(' or ')}, got ${value}`)
  }
  check('kernels', kernels, ['theano', 'tensorflow'])
  check('dimOrdering', dimOrdering, ['th', 'tf'])
  check('kerasOneBatchNorm', kerasOneBatchNorm, ['std', 'variance'])
  if (kerasOneBatchNorm && file.era === 2)
    throw new ArgumentError('loadWeights', `kerasOneBatchNorm is for files of Keras 0 and 1, got it with ${file.variant}`)
}

/**
 * The file's values in the network's order, or the rule that they break.
 * @throws ArgumentError naming the option that must say what the file does not; FileError `unsupported` for other layers with Theano's kernels
 */
export function fit(dialect: Dialect, pairing: Pairing): TensorSource | string {
  const { parameter, parts } = pairing
  const sources = parts.map(({ source }) => fitPart(dialect, pairing, source))
  const sameRows = sources.every((s) => sameShape(s.shape.slice(0, -1), sources[0]!.shape.slice(0, -1)))
  const whole = sources.length > 1 && sameRows ? joined(sources) : sources[0]!
  if (sameRows && sameShape(whole.shape, parameter.shape)) return whole
  const got = parts.map(({ source }) => formatShape(source.shape)).join(' and ')
  const paths = parts.map(({ source }) => source.path).join(' and ')
  return `${parameter.name} must have shape ${formatShape(parameter.shape)}, got ${got} in the file's ${paths}`
}

function fitPart(dialect: Dialect, pairing: Pairing, source: FileWeight['source']): TensorSource {
  const { target, parameter } = pairing
  if (isKernel(pairing)) return fitKernel(dialect, pairing, source)
  if (isSequenceKernel(pairing) && dialect.kernels === 'theano') return turnedSequence(dialect, pairing, source)
  const { flattened } = target
  if (flattened && flattened[2] > 1 && flattened[0] * flattened[1] > 1 && source.shape[0] === sizeOf(flattened)) {
    if (!dialect.order) throw mustSay(dialect, target, 'dimOrdering', `'th' or 'tf'`, `in which order the rows of ${parameter.name} are`)
    if (dialect.order === 'tf') return source
    dialect.done.add('th dim ordering')
    return channelsLast(source, flattened)
  }
  if (parameter.name === 'moving_variance' && dialect.deviations) {
    dialect.done.add('standard deviations')
    const epsilon = target.epsilon ?? 1e-3
    return mapped(source, (std) => (std + epsilon) ** 2 - epsilon) // so that sqrt(variance + epsilon) is std + epsilon
  }
  return source
}

function fitKernel(dialect: Dialect, pairing: Pairing, source: FileWeight['source']): TensorSource {
  const { file, kernels } = dialect
  const { target, parameter } = pairing
  const fits = fitting(file, pairing, source.shape).filter((o) => !dialect.ordered || file.era === 2 || o === dialect.order)
  const order = fits.length > 1 && sizeOf(source.shape) > 1 ? dialect.order : fits[0]
  if (!fits.length) return source // its shape is an error that the caller words
  if (!order) throw mustSay(dialect, target, 'dimOrdering', `'th' or 'tf'`, `which axes ${formatShape(source.shape)} are`)
  const axes = axesOf(file, target)[order]!
  const window = sizeOf(parameter.shape.slice(0, 2))
  if (order === 'th') dialect.done.add('th dim ordering')
  if (window === 1) return transposed(source, axes, false)
  if (!kernels) throw mustSay(dialect, target, 'kernels', `'theano' or 'tensorflow'`, `whether ${parameter.name} is turned round`)
  if (kernels !== 'theano') return transposed(source, axes, false)
  if (!OLD_AXES[target.className]) throw refuseTheano(file, target, source)
  dialect.done.add('Theano kernels')
  return transposed(source, axes, true)
}

/** The kernel of a picture of one row. */
function turnedSequence({ file, done }: Dialect, { target }: Pairing, source: FileWeight['source']): TensorSource {
  if (target.className !== 'Conv1D') throw refuseTheano(file, target, source)
  if (source.shape.length !== 3) return source // its shape is an error that the caller words
  done.add('Theano kernels')
  const picture = transposed({ shape: [1, ...source.shape], read: (...range) => source.read(...range) }, SAME, true)
  return { shape: source.shape, read: (...range) => picture.read(...range) }
}

function refuseTheano(file: KerasWeightsFile, { className, layer }: WeightTarget, { path }: FileWeight['source']): FileError {
  const rule = `Theano's kernels are read for Conv1D and ${Object.keys(OLD_AXES).join(' and ')}, got the ${className} layer ${layer}`
  return new FileError('unsupported', `[${file.fileName}] ${rule}`, { path })
}

function mustSay({ file }: Dialect, { layer }: WeightTarget, option: string, values: string, what: string): ArgumentError {
  return new ArgumentError(layer, `the option ${option} must be ${values}, since ${file.fileName} does not say ${what}, got none`)
}
