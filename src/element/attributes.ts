/** From attributes to what is to be loaded. */
import { ArgumentError } from '../errors.ts'
import type { PreprocessMode } from '../preprocess_modes.ts'
import type { ElementOptions } from './loading.ts'

/** Those that say which model it is, and how it is loaded. */
export const OF_MODEL = ['src', 'labels', 'preprocess', 'size'] as const
/** Those that say what is looked at. */
export const OF_SOURCE = ['source', 'facing', 'loading'] as const

const refuse = (name: string, rule: string, got: string | null) =>
  new ArgumentError('thaw-classifier', `${name} must be ${rule}, got ${JSON.stringify(got)}`)

/** `224`, or `224x160`: height and width. @throws ArgumentError */
function sizeOf(text: string): number | [height: number, width: number] {
  const [, height, width] = /^\s*([1-9]\d*)(?:\s*x\s*([1-9]\d*))?\s*$/.exec(text) ?? []
  if (height === undefined) throw refuse('size', 'one number, or height x width as in "224x160"', text)
  return width === undefined ? Number(height) : [Number(height), Number(width)]
}

/** The value of an attribute of few values. @throws ArgumentError */
export function oneOf<T extends string>(element: Element, name: string, values: readonly [T, ...T[]]): T {
  const given = element.getAttribute(name)
  if (given === null) return values[0]
  if (!values.includes(given as T)) throw refuse(name, `one of ${values.join(', ')}`, given)
  return given as T
}

/** Classes that are shown. @throws ArgumentError */
export function topOf(element: Element): number {
  const given = element.getAttribute('top') ?? '3'
  const top = Number(given)
  if (!Number.isInteger(top) || top < 1) throw refuse('top', 'a whole number from 1 on', given)
  return top
}

/**
 * What the attributes say, before what the page has said in `options`. `labels` without a value is `labels.txt` beside the model.
 * @param base where addresses begin
 * @throws ArgumentError
 */
export function optionsOf(element: Element, options: ElementOptions, base: string): ElementOptions {
  const [labels, preprocess, size] = ['labels', 'preprocess', 'size'].map((name) => element.getAttribute(name))
  const model = new URL(element.getAttribute('src') ?? '', base)
  const names = labels === '' ? new URL('labels.txt', model).href : labels === 'imagenet' ? labels : new URL(labels ?? '', base).href
  return {
    ...options,
    ...(labels !== null && { labels: names }),
    ...(preprocess !== null && { preprocess: preprocess as PreprocessMode }), // which the engine looks at
    ...(size !== null && { size: sizeOf(size!) }),
  }
}
