/**
 * The functions of activations (keras/src/activations) as text for any shader: written once, in functions.wgsl, and used by the activation
 * op, by the epilogues of convolutions and products, and by gradients (slopes.ts).
 */
import { ArgumentError } from '../../errors.ts'
import { f32Literal } from '../shader.ts'
import source from './functions.wgsl'

/** With numbers of their own. */
type WithNumbers =
  /** x above the threshold, `negativeSlope` times (x - threshold) elsewhere, and `maxValue` at most. */
  | { readonly kind: 'relu'; readonly negativeSlope: number; readonly threshold: number; readonly maxValue: number }
  | { readonly kind: 'elu'; readonly alpha: number; readonly scale: number }
  /** clip(slope * x + offset, 0, 1); `hardSilu` is x times that. */
  | { readonly kind: 'hardSigmoid' | 'hardSilu'; readonly slope: number; readonly offset: number }

const PLAIN = [
  ...([
    'linear',
    'relu',
    'sigmoid',
    'tanh',
    'silu',
    'softplus',
    'softsign',
    'exponential',
    'gelu',
    'mish',
    'squareplus',
    'sparsePlus',
  ] as const),
  ...(['logSigmoid', 'hardTanh', 'tanhShrink', 'softShrink', 'hardShrink'] as const),
] as const
const NUMBERED = ['relu', 'elu', 'hardSigmoid', 'hardSilu']

/** `relu` by its name is max(x, 0). */
export type ActivationFunction = (typeof PLAIN)[number] | WithNumbers

/** Largest f32: stands for no limit. */
const F32_MAX = 3.4028234663852886e38

/** In the order of the function's parameters. */
export function numbersOf(f: WithNumbers): readonly number[] {
  if (f.kind === 'relu') return [f.negativeSlope, f.threshold, Math.min(f.maxValue, F32_MAX)]
  return f.kind === 'elu' ? [f.alpha, f.scale] : [f.slope, f.offset]
}

/** @throws ArgumentError for a function that is not known, or numbers that are not finite. */
export function checkFunction(op: string, f: ActivationFunction): void {
  const name = typeof f === 'string' ? f : f.kind
  if (!(typeof f === 'string' ? (PLAIN as readonly string[]) : NUMBERED).includes(name)) {
    throw new ArgumentError(op, `activation must be one of ${[...new Set([...PLAIN, ...NUMBERED])].join(', ')}, got ${String(name)}`)
  }
  if (typeof f === 'string' || numbersOf(f).every((n) => Number.isFinite(Math.fround(n)))) return
  throw new ArgumentError(op, `the numbers of ${f.kind} must be finite in f32, got ${numbersOf(f).join(', ')}`)
}

/** Whether the slope can be read off the output, so that the input need not be kept, and the activation may be fused. */
export function slopeFromOutput(f: ActivationFunction): boolean {
  if (typeof f === 'string') return !['silu', 'gelu', 'mish', 'tanhShrink'].includes(f)
  if (f.kind === 'relu') return f.negativeSlope >= 0 && f.threshold >= 0
  return f.kind === 'elu' ? f.alpha > 0 && f.scale > 0 : f.kind === 'hardSigmoid'
}

/** A call of a function of the library, of v. */
export function call(name: string, ...numbers: number[]): string {
  return `${name}(v${numbers.map((n) => `, ${f32Literal(n)}`).join('')})`
}

function valueCall(f: ActivationFunction): string {
  if (f === 'linear') return 'v'
  if (typeof f === 'string') return call(f === 'tanh' ? 'tanhOf' : f)
  return call(f.kind === 'relu' ? 'reluWith' : f.kind, ...numbersOf(f))
}

const parsed = new Map<string, ReadonlyMap<string, string>>()

/** Functions of a file by name; read when first needed. */
function libraryOf(source: string): ReadonlyMap<string, string> {
  let library = parsed.get(source)
  if (!library) parsed.set(source, (library = new Map([...source.matchAll(/^fn (\w+)\((?:.*\}|[^]*?\n\})$/gm)].map((m) => [m[1]!, m[0]]))))
  return library
}

/**
 * A function, behind those of this library that it needs, in their order in the file.
 * @param alias the shader's own name for Vec
 * @param more functions that may call those of this library
 */
export function withLibrary(text: string, alias: string, more = ''): string {
  const library = new Map([...libraryOf(source), ...libraryOf(more)])
  const needed = new Set<string>()
  const scan = (body: string) => {
    for (const [, name] of body.matchAll(/\b(\w+)\(/g)) {
      if (!library.has(name!) || needed.has(name!)) continue
      needed.add(name!)
      scan(library.get(name!)!.replace(/^fn \w+/, ''))
    }
  }
  scan(text)
  const used = [...library].flatMap(([name, body]) => (needed.has(name) ? [body] : []))
  return [...used, text].join('\n').replace(/\bVec(Bits)?\b/g, `${alias}$1`)
}

/**
 * `fn activate(v)` for shaders, with the functions that it needs. NaN passes as it is, told by its bits.
 * @param alias the shader's own name for what it computes with, f32 or vec4f; its bits have that name and `Bits`
 */
export function activateText(f: ActivationFunction, alias = 'Vec'): string {
  const isNan = '(bitcast<VecBits>(v) & VecBits(0x7fffffffu)) > VecBits(0x7f800000u)'
  return withLibrary(`fn activate(v: Vec) -> Vec { return select(${valueCall(f)}, v, ${isNan}); }`, alias)
}
