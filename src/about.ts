/** What a model is besides its layers, and its file keeps where Keras passes it over: what the classes are called, and how pictures become samples. */
import { described, isRecord } from './described.ts'
import { ArgumentError, FileError } from './errors.ts'
import { checkNames } from './options.ts'
import { PREPROCESS_MODES, type PreprocessMode } from './preprocess_modes.ts'

/** Channels of pictures, by Keras's names. See {@link loadImage}. */
export type ColorMode = 'rgb' | 'grayscale'

/**
 * `nearest`: Keras's default in load_img. `bilinear`: a triangle that widens where the picture shrinks (antialiasing), as in Pillow.
 * See {@link loadImage}.
 */
export type Interpolation = 'nearest' | 'bilinear'

/**
 * Whose resizing it is: that of Keras's load_img, or that of its image_dataset_from_directory, tf.image.resize, which does not antialias.
 * See {@link createClassifier}.
 */
export type Resizer = 'pillow' | 'tensorflow'

/**
 * What becomes of a picture of another shape: it is distorted, cut around its middle first, or filled up with black. Keras's load_img with
 * keep_aspect_ratio looks beyond the cut, where it is bilinear; this does not, nor do Keras's datasets. See {@link createClassifier}.
 */
export type AspectRatio = 'stretch' | 'crop' | 'pad'

export const INTERPOLATIONS: readonly Interpolation[] = ['nearest', 'bilinear']

/** What the model's inputs do not say of its pictures. See {@link createClassifier}. */
export interface PictureOptions {
  /** How pictures come to the model's size. Default `nearest`, as in Keras's load_img, and in `loadImage`. */
  readonly interpolation?: Interpolation
  /** What is done to pixels 0..255 before the model has them. Default `none`: the model takes them as they are, and has layers for the rest. */
  readonly preprocess?: PreprocessMode | 'none'
  /** Default `pillow`. With `tensorflow` values are rounded to whole numbers, as datasets have them. */
  readonly resizer?: Resizer
  /** Default `stretch`. */
  readonly aspectRatio?: AspectRatio
  /** Whether files are turned as their EXIF blocks say. Default true; Keras does not. What a page shows is turned in any case. */
  readonly orient?: boolean
}

/** The values of each option. */
const KNOWN: Readonly<Record<keyof PictureOptions, readonly unknown[]>> = {
  interpolation: INTERPOLATIONS,
  preprocess: ['none', ...Object.keys(PREPROCESS_MODES)],
  resizer: ['pillow', 'tensorflow'],
  aspectRatio: ['stretch', 'crop', 'pad'],
  orient: [true, false],
}

/** Names of the options. */
export const PICTURE_OPTIONS: readonly string[] = Object.keys(KNOWN)

/** All that is to be known to make samples of pictures; what is not in it is as by default. See {@link createClassifier}. */
export interface PictureSpec
  extends Omit<PictureOptions, 'interpolation' | 'preprocess'>, Required<Pick<PictureOptions, 'interpolation' | 'preprocess'>> {
  /** That of the model's input, in pixels. */
  readonly size: readonly [height: number, width: number]
  /** By the channels of the model's input: three or one. */
  readonly colorMode: ColorMode
}

/** What a model knows of itself. */
export interface About {
  readonly classNames?: readonly string[] | undefined
  readonly pictures?: PictureOptions | undefined
}

type Shapes = readonly { readonly shape: readonly (number | null)[] }[]

/** How the classes of a model are counted: by the last axis of its first output; one score tells two classes apart. */
export function classCount([first]: Shapes): number {
  return Math.max(2, first!.shape.at(-1)!)
}

/** @throws ArgumentError unless they are texts, as many as a model has classes */
export function checkClassNames(where: string, names: unknown, outputs: Shapes): readonly string[] {
  const list = namesIn(where, names)
  const count = classCount(outputs)
  if (list.length === count) return list
  throw new ArgumentError(where, `classNames must name the ${count} classes of the model, got ${list.length}`)
}

export const areNames = (names: unknown): names is readonly string[] =>
  Array.isArray(names) && names.every((name) => typeof name === 'string' && name)

/** @throws ArgumentError unless they are texts */
function namesIn(where: string, names: unknown): readonly string[] {
  if (areNames(names)) return [...names]
  throw new ArgumentError(where, `classNames must be a list of names, got ${described(names)}`)
}

/**
 * @param inputs of a model, whose pictures they are: a whole PictureSpec is taken, too, where it fits them
 * @throws ArgumentError for an option that there is not, or cannot be honoured
 */
export function checkPictureOptions(where: string, options: unknown, inputs?: Shapes): PictureOptions {
  const { size, colorMode } = (inputs && pictureSpec(inputs)) ?? {}
  const fixed = { ...(size && { size: [size] }), ...(colorMode && { colorMode: [colorMode] }) }
  const values: Readonly<Record<string, readonly unknown[]>> = { ...KNOWN, ...fixed }
  checkNames(where, options, Object.keys(values))
  const given = options as Readonly<Record<string, unknown>>
  for (const [key, list] of Object.entries(values)) {
    const value = JSON.stringify(given[key])
    if (value !== undefined && !list.some((one) => JSON.stringify(one) === value))
      throw new ArgumentError(where, `${key} must be ${list.map(String).join(' or ')}, got ${value}`)
  }
  const { preprocess } = given as PictureOptions
  if (!takesPreprocess(inputs, preprocess))
    throw new ArgumentError(where, `preprocess must be one for pictures of one channel, got ${preprocess}, which takes three`)
  return pictureOptionsIn(given)
}

/** Whether a model's pictures have the channels that a preprocessing takes. */
export function takesPreprocess(inputs: Shapes | undefined, preprocess: PictureOptions['preprocess'] = 'none'): boolean {
  return preprocess === 'none' || !PREPROCESS_MODES[preprocess].rgb || inputs?.[0]!.shape.at(-1) !== 1
}

/** What of it are options of pictures. */
export function pictureOptionsIn(given: object): PictureOptions {
  const all = given as Readonly<Record<string, unknown>>
  return Object.fromEntries(PICTURE_OPTIONS.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])))
}

/** What pictures a model takes: undefined unless it has one input, [height,width,3] or in grey [height,width,1]. */
export function pictureSpec([input, second]: Shapes, { interpolation = 'nearest', preprocess = 'none', ...rest }: PictureOptions = {}) {
  const [, height, width, channels] = input!.shape
  if (second || input!.shape.length !== 4 || (channels !== 1 && channels !== 3)) return undefined
  if (height === null || width === null) return undefined // nobody says how large
  const spec: PictureSpec = { size: [height!, width!], colorMode: channels === 1 ? 'grayscale' : 'rgb', interpolation, preprocess, ...rest }
  return spec
}

/** As JSON, with names as Keras writes them; undefined where there is nothing to say. */
export function aboutToWrite({ classNames, pictures }: About, inputs: Shapes): string | undefined {
  if (!classNames && !pictures) return undefined
  const { colorMode: color_mode, aspectRatio: aspect_ratio, ...spec } = pictureSpec(inputs, pictures) ?? {}
  const kept = color_mode && { pictures: { color_mode, ...spec, aspect_ratio } }
  return JSON.stringify({ ...(classNames && { class_names: classNames }), ...kept })
}

/** What `aboutToWrite` has made, parsed. @throws FileError `corrupt` for anything else */
export function readAbout(file: string, content: unknown): About {
  if (content === undefined) return {}
  try {
    if (!isRecord(content)) throw new ArgumentError(file, `it must be an object, got ${described(content)}`)
    const { class_names: classNames, pictures } = content
    const { aspect_ratio: aspectRatio, ...rest } = isRecord(pictures) ? pictures : {}
    return {
      ...(classNames !== undefined && { classNames: namesIn(file, classNames) }),
      ...(pictures !== undefined && { pictures: checkPictureOptions(file, pictureOptionsIn({ ...rest, aspectRatio })) }),
    }
  } catch (cause) {
    const rule = 'what the file says of its classes and pictures must be usable'
    throw new FileError('corrupt', `[${file}] ${rule}, got ${(cause as Error).message}`, {}, { cause })
  }
}
