/** What shapes the inputs of a model have: as its file says, and as the user wants them. */
import { isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { RawConfig } from '../layers/config.ts'
import type { SymbolicShape } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import { formatShape } from '../shape.ts'
import { DEPTH_LIMIT, entriesOf, MODELS, type Entry } from './entries.ts'
import type { GivenShapes, SampleShape } from './functional.ts'

/** See FromConfigOptions. */
interface Wanted {
  readonly inputShape?: SampleShape | Readonly<Record<string, SampleShape>>
}

/** [null,32,32,3] -> [32,32,3]; undefined where the config does not say. */
export function shapeOf(config: RawConfig): SampleShape | undefined {
  const batch = config['batch_input_shape'] ?? config['batch_shape']
  const shape = Array.isArray(batch) ? batch.slice(1) : Array.isArray(config['input_shape']) ? config['input_shape'] : undefined
  if (shape) return shape as SampleShape
  return typeof config['input_dim'] === 'number' ? [config['input_dim']] : undefined
}

/** The input shape that a layer's config gives, be it a model whose own first layer says it. */
export function shapeAtStart(entry: Entry, depth = 0): SampleShape | undefined {
  if (!MODELS.includes(entry.className) || depth > DEPTH_LIMIT) return shapeOf(entry.config)
  const entries = entriesOf(entry)
  const first = entries.find((e) => e.className === 'InputLayer') ?? entries[0]
  const build = entry.config['build_input_shape']
  return (first && shapeAtStart(first, depth + 1)) ?? (Array.isArray(build) ? (build.slice(1) as SampleShape) : undefined)
}

/** Of every tensor that a layer is applied to. */
export function allShapes(given: GivenShapes): SymbolicShape[] {
  const shapes: SymbolicShape[] = []
  for (let shape = given(0, ''); shape; shape = given(shapes.length, '')) shapes.push([null, ...shape])
  return shapes
}

/** Those that the user wants inputs to have. */
export const wantedShapes =
  ({ inputShape }: Wanted): GivenShapes =>
  (i, name) => {
    if (Array.isArray(inputShape)) return i === 0 ? (inputShape as SampleShape) : undefined
    return inputShape && Object.hasOwn(inputShape, name) ? (inputShape as Readonly<Record<string, SampleShape>>)[name] : undefined
  }

/** @throws ArgumentError unless the shapes wanted are of inputs that the model has */
export function checkWanted({ name, inputNames }: Network, { inputShape }: Wanted): void {
  const several = `[height, width, channels], or with several inputs a record by the names ${inputNames.join(', ')}`
  const known = (names: readonly string[]) => names.every((n) => inputNames.includes(n))
  const isRight = Array.isArray(inputShape) ? inputNames.length === 1 : isRecord(inputShape) && known(Object.keys(inputShape))
  if (inputShape === undefined || isRight) return
  throw new ArgumentError(name, `inputShape must be ${several}, got ${JSON.stringify(inputShape)}`)
}

const isChannels = (n: number | null | undefined): boolean => n === 1 || n === 3 || n === 4

/**
 * Height and width with the channels that the file says. Where layers have their channels first, the input may be either, by what is behind it (a
 * Permute): its side of 1, 3 or 4 values are the channels.
 * @param channelsFirst whether any layer has them so
 * @throws ArgumentError where that does not tell
 */
export function withChannels(model: string, size: SampleShape, shape: SampleShape, channelsFirst: boolean): SampleShape {
  const [first, , last] = shape as [number | null, number | null, number | null]
  if (!channelsFirst) return [...size, last]
  const [ahead, behind] = [isChannels(first), isChannels(last)]
  if (ahead !== behind) return ahead ? [first, ...size] : [...size, last]
  const rule = 'height and width alone need an input with 1, 3 or 4 channels on one side (else say all three sizes, in its order)'
  throw new ArgumentError(model, `${rule}, got ${formatShape(size)} for ${formatShape(shape)}`)
}
