/**
 * Layer configs as Keras writes them (`get_config`): read in the dialects of Keras 1, 2 and 3, written in that of Keras 3. What a layer
 * cannot do is refused by name; keys that do not change what a layer computes (dtype) are passed over.
 */
import { FileError } from '../errors.ts'
import { isRecord } from '../described.ts'
import { readInitializer } from './initializers.ts'
import { readRules, type RegularizerLike } from './weight_rules.ts'

/** Version of Keras whose dialect a config is in. */
export type KerasVersion = 1 | 2 | 3

/** What is known of the program that wrote a config. */
export interface Origin {
  /** Of Keras, such as `2.2.4-tf`. */
  readonly version?: string | undefined
  /** Its backend was Theano, whose `same` begins elsewhere. Default false. */
  readonly theano?: boolean | undefined
}

/** A layer's config as it stands in a file. See {@link defineLayer}. */
export type RawConfig = Readonly<Record<string, unknown>>

/** What `config` in a file holds, by the keys of Keras 3. */
export type KerasConfig = Record<string, unknown>

/** Makes a layer that is in the config of another, as Keras serializes it; undefined for what is none that is known. @throws FileError */
export type MakeLayer = (serialized: RawConfig) => unknown

/** Keras's `to_snake_case`, by which it names layers, and groups in files: `BatchNormalization` -> `batch_normalization`, `Conv2D` -> `conv2d`. */
export function snakeCase(className: string): string {
  return className
    .replace(/[^\p{L}\p{N}_]+/gu, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** What every layer takes. */
export interface LayerOptions {
  /** Unique within a model. Default: the class in snake case with a running number, as Keras names layers. */
  name?: string
  /** Whether training may change the weights. Default true. */
  trainable?: boolean
  /** Adds to the loss what the layer gives: the mean over the samples. Default: nothing. */
  activityRegularizer?: RegularizerLike
}

/** What Keras 3 wraps as an array of numpy's, and old versions as {"value": n}. */
function unwrapped(value: unknown): unknown {
  if (!isRecord(value)) return value
  return value['class_name'] === '__numpy__' ? unwrapped(value['config']) : 'value' in value ? value['value'] : value
}

const numbers = (value: unknown): number[] | undefined =>
  Array.isArray(value) && value.length > 0 && value.every((n) => typeof n === 'number') ? value : undefined

/** One layer's config. Keys are those of Keras 3, each with what older versions called it. */
export class LayerConfig {
  readonly className: string
  readonly raw: RawConfig
  readonly keras: KerasVersion
  readonly origin: Origin

  constructor(className: string, raw: RawConfig, keras: KerasVersion, origin: Origin = {}) {
    this.className = className
    this.raw = raw
    this.keras = keras
    this.origin = origin
  }

  get name(): string {
    return typeof this.raw['name'] === 'string' ? this.raw['name'] : ''
  }

  /** Name, trainable, and what is asked for its weights. */
  options(): LayerOptions & { name: string; trainable: boolean } {
    const rules = readRules(this.raw, readInitializer)
    return { ...rules, name: this.name, trainable: this.flag('trainable', true) }
  }

  refuse(rule: string, got: unknown): FileError {
    return new FileError('unsupported', `[${this.name} (${this.className})] ${rule}, got ${JSON.stringify(got) ?? 'nothing'}`)
  }

  /** The value of the first key that is there and not null. */
  value(...keys: readonly string[]): unknown {
    return keys.map((k) => this.raw[k]).find((v) => v !== undefined && v !== null)
  }

  number(keys: readonly string[], fallback?: number): number {
    const value = this.value(...keys) ?? fallback
    const plain = unwrapped(value)
    if (typeof plain !== 'number') throw this.refuse(`${keys[0]} must be a number`, value)
    return plain
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.raw[key] ?? fallback
    if (typeof value !== 'boolean') throw this.refuse(`${key} must be true or false`, value)
    return value
  }

  /** A number, or a list of numbers. */
  numbers(key: string): number | readonly number[] | undefined {
    const value = unwrapped(this.value(key))
    if (value === undefined || typeof value === 'number') return value
    const list = numbers(value)
    if (!list) throw this.refuse(`${key} must be numbers`, value)
    return list.length === 1 ? list[0] : list
  }

  /** Two numbers, from one or two. */
  pair(keys: readonly string[], fallback?: readonly [number, number]): [number, number] {
    const value = this.value(...keys) ?? fallback
    const list = typeof value === 'number' ? [value, value] : numbers(value)
    if (list?.length !== 2) throw this.refuse(`${keys[0]} must be one or two numbers`, value)
    return [list[0]!, list[1]!]
  }

  /** `[[top,bottom],[left,right]]`, from that, [rows,columns], one number, or Keras 1's [top,bottom,left,right]. */
  sides(key: string): readonly [readonly [number, number], readonly [number, number]] {
    const value = this.value(key)
    const flat = numbers(value)
    const list = flat?.length === 4 ? [flat.slice(0, 2), flat.slice(2)] : Array.isArray(value) ? (value as unknown[]) : [value, value]
    const side = (v: unknown) => (typeof v === 'number' ? [v, v] : numbers(v))
    const [h, w] = list.map(side)
    if (list.length !== 2 || h?.length !== 2 || w?.length !== 2) throw this.refuse(`${key} must be one, two or four numbers`, value)
    return [h as [number, number], w as [number, number]]
  }

  /** @param more what the layer has beside same and valid */
  padding<P extends string = never>(...more: readonly P[]): 'same' | 'valid' | P {
    const value = this.value('padding', 'border_mode') ?? 'valid'
    const known = [...(['same', 'valid'] as const), ...more]
    const found = known.find((p) => p === value)
    if (!found) throw this.refuse(`padding must be ${known.join(' or ')}`, value)
    return found
  }

  /** @throws FileError unless the key is absent or one of the values that the layer can do. */
  only(key: string, ...known: readonly unknown[]): void {
    const value = this.value(key)
    const plain = JSON.stringify(Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value)
    if (value === undefined || known.some((k) => JSON.stringify(k) === plain || JSON.stringify(k) === JSON.stringify(value))) return
    throw this.refuse(`${key} must be ${known.map((k) => JSON.stringify(k)).join(' or ')}`, value)
  }
}
