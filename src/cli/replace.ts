/** `--replace NAME=CLASS:ARGUMENTS`: layers that stand in for those of a file, as the command line can say them. */
import { layers } from '../layers/index.ts'
import type { Layer } from '../layers/layer.ts'
import type { PreprocessMode } from '../preprocess_modes.ts'
import { UsageError } from './io.ts'

/** A class: what it is given, and the layer of a name that it makes. */
interface ReplacementClass {
  readonly parameters: string
  /** Undefined for arguments that it cannot have. */
  make(name: string, args: readonly string[]): Layer | undefined
}

const numbersIn = (args: readonly string[], least: number, most: number): number[] | undefined => {
  const numbers = args.map((a) => (a === '' ? NaN : Number(a)))
  return numbers.length >= least && numbers.length <= most && numbers.every(Number.isFinite) ? numbers : undefined
}

const CLASSES: Readonly<Record<string, ReplacementClass>> = {
  identity: {
    parameters: '',
    make: (name, args) => (args.length ? undefined : layers.identity({ name })),
  },
  rescaling: {
    parameters: 'SCALE[,OFFSET]',
    make(name, args) {
      const numbers = numbersIn(args, 1, 2)
      return numbers && layers.rescaling({ name, scale: numbers[0]!, offset: numbers[1] ?? 0 })
    },
  },
  resizing: {
    parameters: 'HEIGHT,WIDTH',
    make(name, args) {
      const numbers = numbersIn(args, 2, 2)
      return numbers && layers.resizing({ name, height: numbers[0]!, width: numbers[1]! })
    },
  },
  reshape: {
    parameters: 'SIZE,...',
    make(name, args) {
      const targetShape = numbersIn(args, 1, 8)
      return targetShape && layers.reshape({ name, targetShape })
    },
  },
  activation: {
    parameters: 'NAME',
    make: (name, args) => (args.length === 1 ? layers.activation({ name, activation: args[0] as never }) : undefined),
  },
  preprocess: {
    parameters: 'MODE',
    make: (name, args) => (args.length === 1 ? layers.preprocess({ name, mode: args[0] as PreprocessMode }) : undefined),
  },
}

const written = (className: string): string => {
  const { parameters } = CLASSES[className]!
  return parameters ? `${className}:${parameters}` : className
}

/** Every class with what it is given: `rescaling:SCALE[,OFFSET]`. */
export const replacementClasses: readonly string[] = Object.keys(CLASSES).map(written)

/**
 * Layers by the names of those that they stand in for.
 * @param rules each `NAME=CLASS:ARGUMENTS`
 * @throws UsageError naming the rule; ArgumentError for arguments that a layer refuses
 */
export function replacements(rules: readonly string[]): Record<string, Layer> {
  const made: Record<string, Layer> = {}
  for (const rule of rules) {
    const [, name, className = '', rest] = /^([^=]+)=(\w+)(?::(.*))?$/.exec(rule) ?? []
    if (name === undefined || !Object.hasOwn(CLASSES, className))
      throw new UsageError(`--replace must be NAME=CLASS, of ${replacementClasses.join(', ')}, got ${rule}`)
    if (Object.hasOwn(made, name)) throw new UsageError(`--replace must name a layer once, got ${name} twice`)
    const layer = CLASSES[className]!.make(name, rest === undefined ? [] : rest.split(',').map((a) => a.trim()))
    if (!layer) throw new UsageError(`--replace ${name} must be ${written(className)}, got ${rule}`)
    made[name] = layer
  }
  return made
}
