/** What a model is besides its layers, and its file keeps where Keras passes it over: what the classes are called, and how pictures become samples. */
import { described, isRecord } from './described.ts'
import { ArgumentError, FileError } from './errors.ts'
import { checkNames } from './options.ts'
import { PREPROCESS_MODES, type PreprocessMode } from './preprocess_modes.ts'

/** Channels of pictures, by Keras's names. */
export type ColorMode = 'rgb' | 'grayscale'

/** `nearest`: Keras's default in load_img. `bilinear`: a triangle that widens where the picture shrinks (antialiasing), as in Pillow. */
export type Interpolation = 'nearest' | 'bilinear'

export const INTERPOLATIONS: readonly Interpolation[] = ['nearest', 'bilinear']

/** What the model's inputs do not say of its pictures. */
export interface PictureOptions {
  /** How pictures come to the model's size. Default `nearest`, as in Keras's load_img, and in `loadImage`. */
  readonly interpolation?: Interpolation
  /** What is done to pixels 0..255 before the model has them. Default `none`: the model takes them as they are, and has layers for the rest. */
  readonly preprocess?: PreprocessMode | 'none'
}

/** All that is to be known to make samples of pictures. */
export interface PictureSpec extends Required<PictureOptions> {
  readonly size: readonly [height: number, width: number]
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
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && name))
    throw new ArgumentError(where, `classNames must be a list of names, got ${described(names)}`)
  const count = classCount(outputs)
  if (names.length === count) return [...(names as string[])]
  throw new ArgumentError(where, `classNames must name the ${count} classes of the model, got ${names.length}`)
}

/**
 * @param inputs of a model, whose pictures they are: a whole PictureSpec is taken, too, where it fits them
 * @throws ArgumentError for an option that there is not, or cannot be honoured
 */
export function checkPictureOptions(where: string, options: unknown, inputs?: Shapes): PictureOptions {
  const { size, colorMode } = (inputs && pictureSpec(inputs)) ?? {}
  const known = { interpolation: INTERPOLATIONS, preprocess: ['none', ...Object.keys(PREPROCESS_MODES)] }
  const fixed = { ...(size && { size: [size] }), ...(colorMode && { colorMode: [colorMode] }) }
  const values: Readonly<Record<string, readonly unknown[]>> = { ...known, ...fixed }
  checkNames(where, options, Object.keys(values))
  const given = options as Readonly<Record<string, unknown>>
  for (const [key, list] of Object.entries(values)) {
    const value = JSON.stringify(given[key])
    if (value !== undefined && !list.some((one) => JSON.stringify(one) === value))
      throw new ArgumentError(where, `${key} must be ${list.map(String).join(' or ')}, got ${value}`)
  }
  const { interpolation, preprocess } = options as PictureOptions
  return { ...(interpolation && { interpolation }), ...(preprocess && { preprocess }) }
}

/** What pictures a model takes: undefined unless it has one input, [height,width,3] or in grey [height,width,1]. */
export function pictureSpec([input, second]: Shapes, { interpolation = 'nearest', preprocess = 'none' }: PictureOptions = {}) {
  const [, height, width, channels] = input!.shape
  if (second || input!.shape.length !== 4 || (channels !== 1 && channels !== 3)) return undefined
  const spec: PictureSpec = { size: [height!, width!], colorMode: channels === 1 ? 'grayscale' : 'rgb', interpolation, preprocess }
  return spec
}

/** As JSON, with names as Keras writes them; undefined where there is nothing to say. */
export function aboutToWrite({ classNames, pictures }: About, inputs: Shapes): string | undefined {
  if (!classNames && !pictures) return undefined
  const { colorMode: color_mode, ...spec } = pictureSpec(inputs, pictures) ?? {}
  return JSON.stringify({ ...(classNames && { class_names: classNames }), ...(color_mode && { pictures: { color_mode, ...spec } }) })
}

/** What `aboutToWrite` has made, parsed. @throws FileError `corrupt` for anything else */
export function readAbout(file: string, content: unknown): About {
  if (content === undefined) return {}
  try {
    if (!isRecord(content)) throw new ArgumentError(file, `it must be an object, got ${described(content)}`)
    const { class_names: classNames, pictures } = content
    const { interpolation, preprocess } = isRecord(pictures) ? pictures : {}
    const known = { ...(interpolation !== undefined && { interpolation }), ...(preprocess !== undefined && { preprocess }) }
    return {
      ...(classNames !== undefined && { classNames: classNames as readonly string[] }),
      ...(pictures !== undefined && { pictures: checkPictureOptions(file, known) }),
    }
  } catch (cause) {
    const rule = 'what the file says of its classes and pictures must be usable'
    throw new FileError('corrupt', `[${file}] ${rule}, got ${(cause as Error).message}`, {}, { cause })
  }
}
