/** The losses of single values (keras/src/losses/losses.py) as text for the shaders of pointwiseLoss and its gradient. */
import { ArgumentError } from '../../errors.ts'
import { withLibrary } from '../activation/functions.ts'
import source from './functions.wgsl'

const PLAIN = ['squared', 'absolute', 'relative', 'squaredLog', 'logCosh', 'hinge', 'squaredHinge', 'poisson', 'klDivergence'] as const

/** Targets t become (1 - labelSmoothing) * t + labelSmoothing / 2. */
interface Smoothed {
  readonly labelSmoothing: number
}

/** What is computed of each prediction y and target t, by the name of its function in functions.wgsl. */
export type PointwiseFunction =
  | (typeof PLAIN)[number]
  | { readonly kind: 'huber'; readonly delta: number }
  /** Cross-entropy of a score, before a sigmoid; and of a probability, clipped as Keras does it. */
  | ({ readonly kind: 'binaryOfScore' | 'binary' } & Smoothed)
  /** Of a probability. alpha: weight of class 1, 1 - alpha that of class 0; undefined: no weights. */
  | ({ readonly kind: 'focal'; readonly gamma: number; readonly alpha: number | undefined } & Smoothed)
  /** 1 where y > threshold tells t. No loss: it has no slope. */
  | { readonly kind: 'matching'; readonly threshold: number }

const NUMBERED = ['huber', 'binaryOfScore', 'binary', 'focal', 'matching']

function numbersOf(f: PointwiseFunction): readonly number[] {
  if (typeof f === 'string') return []
  if (f.kind === 'huber') return [f.delta]
  if (f.kind === 'matching') return [f.threshold]
  const smoothing = [1 - f.labelSmoothing, f.labelSmoothing / 2]
  if (f.kind !== 'focal') return smoothing
  return [...smoothing, f.gamma, ...(f.alpha === undefined ? [1, 0] : [1 - f.alpha, 2 * f.alpha - 1])]
}

const nameOf = (f: PointwiseFunction) => (typeof f === 'string' ? f : f.kind)

/** @throws ArgumentError for a function that is not known, or numbers that are not finite */
export function checkPointwise(op: string, f: PointwiseFunction): void {
  if (!(typeof f === 'string' ? (PLAIN as readonly string[]) : NUMBERED).includes(nameOf(f)))
    throw new ArgumentError(op, `f must be one of ${[...PLAIN, ...NUMBERED].join(', ')}, got ${String(nameOf(f))}`)
  if (numbersOf(f).every((n) => Number.isFinite(Math.fround(n)))) return
  throw new ArgumentError(op, `the numbers of ${nameOf(f)} must be finite in f32, got ${numbersOf(f).join(', ')}`)
}

const LETTERS = ['a', 'b', 'c', 'd', 'e']

/** The numbers of a function as members of the sizes. */
export function numberSizes(f: PointwiseFunction): Record<string, number> {
  const numbers = numbersOf(f)
  return Object.fromEntries(LETTERS.map((letter, i) => [letter, numbers[i] ?? 0]))
}

/** `fn value(y, t)` or `fn slope(y, t)` for shaders, with the functions that it needs. */
export function pointwiseText(name: 'value' | 'slope', f: PointwiseFunction): string {
  const numbers = numbersOf(f).map((_, i) => `, sizes.${LETTERS[i]}`)
  const called = `${nameOf(f)}${name === 'slope' ? 'Slope' : ''}`
  return withLibrary(`fn ${name}(y: f32, t: f32) -> f32 { return ${called}(y, t${numbers.join('')}); }`, 'Vec', source)
}
