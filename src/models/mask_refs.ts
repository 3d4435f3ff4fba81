/**
 * The masks that Keras 3 writes into a Functional model's config. A layer's mask comes about as the layers are applied (layers/masking.ts); Keras writes
 * what it is made of, `Any(NotEqual(x))`, beside them, and hands it to those that use it. Here it is held that they are the same.
 */
import { FileError } from '../errors.ts'
import { PASSING } from '../layers/mask_passing.ts'
import type { Entry } from './entries.ts'
import type { CallRefs, TensorRef } from './node_refs.ts'

/** Operations that masks are joined and made longer by. */
const JOINING = ['Any', 'LogicalOr', 'ExpandDims', 'Concatenate', 'Squeeze']
/** What stands for a tensor that has none. */
const WITHOUT = ['ZerosLike', 'OnesLike']
const MERGES = ['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum']

/** What a mask is made of: tensors, by their keys, and what a step of them that does not count has. */
type Origins = ReadonlySet<string>

const union = (all: readonly Origins[]): Origins => new Set(all.flatMap((one) => [...one]))

const originOf = (x: TensorRef, value: number): string => `${keyOf(x)} ${Math.fround(value)}`

const keyOf = ({ layer, node, tensor }: TensorRef): string => `${node} ${tensor} ${layer}`

class Tracer {
  readonly #at: ReadonlyMap<string, { readonly entry: Entry; readonly calls: readonly CallRefs[] }>
  readonly #known = new Map<string, Origins>()

  readonly #isReplaced: (layer: string) => boolean

  constructor(entries: readonly Entry[], nodes: readonly (readonly CallRefs[])[], isReplaced: (layer: string) => boolean) {
    this.#isReplaced = isReplaced
    this.#at = new Map(entries.map((entry, i) => [entry.name, { entry, calls: nodes[i]! }]))
  }

  /** What a mask in the config is made of; `STRANGE` where that is nothing that Keras makes by itself. */
  ofMask(mask: TensorRef): Origins {
    return this.#walk(mask, 'mask')
  }

  /** What the mask of a tensor here is made of; nothing where it has none. Whether what stands in for a layer passes one on is not known: `STRANGE`. */
  ofTensor(x: TensorRef): Origins {
    return this.#walk(x, 'tensor')
  }

  /** Without recursion, since a config may be as deep as it likes. */
  #walk(wanted: TensorRef, kind: 'mask' | 'tensor'): Origins {
    const open = [wanted]
    const begun = new Set<string>()
    for (let at = open.at(-1); at; at = open.at(-1)) {
      const key = `${kind} ${keyOf(at)}`
      const inputs = this.#behind(at, kind)
      const missing = inputs.filter((i) => !this.#known.has(`${kind} ${keyOf(i)}`))
      if (!this.#known.has(key) && missing.length && !begun.has(key)) {
        begun.add(key)
        open.push(...missing)
        continue
      }
      open.pop()
      if (!this.#known.has(key)) this.#known.set(key, this.#origins(at, kind, inputs))
    }
    return this.#known.get(`${kind} ${keyOf(wanted)}`)!
  }

  /** What is to be known first. */
  #behind(at: TensorRef, kind: 'mask' | 'tensor'): readonly TensorRef[] {
    const { entry, calls } = this.#at.get(at.layer) ?? {}
    const call = calls?.[at.node]
    if (!entry || !call) return []
    const name = entry.className
    if (kind === 'mask') return call.operation && JOINING.includes(name) ? call.inputs : []
    if (this.#isReplaced(at.layer)) return call.inputs
    return !call.operation && [...PASSING, ...MERGES, 'Concatenate'].includes(name) ? call.inputs : []
  }

  #origins(at: TensorRef, kind: 'mask' | 'tensor', inputs: readonly TensorRef[]): Origins {
    const { entry, calls } = this.#at.get(at.layer) ?? {}
    const call = calls?.[at.node]
    const all = inputs.map((i) => this.#known.get(`${kind} ${keyOf(i)}`) ?? new Set([STRANGE]))
    if (!entry || !call) return new Set(kind === 'mask' ? [STRANGE] : [])
    const name = entry.className
    if (kind === 'tensor') {
      if (this.#isReplaced(at.layer)) return new Set(all.some((one) => one.size) ? [STRANGE] : [])
      const value = call.operation ? undefined : maskedBy(entry)
      if (value !== undefined) return new Set(call.inputs.map((x) => originOf(x, value)))
      return MERGES.includes(name) && all.some((one) => !one.size) ? new Set() : union(all)
    }
    if (call.operation && name === 'NotEqual') {
      const { x2: value } = call.operation.kwargs
      return new Set(call.inputs.map((x) => (typeof value === 'number' ? originOf(x, value) : STRANGE)))
    }
    const { axis = -1, keepdims = false } = entry.config
    if (name === 'Any' && (axis !== -1 || keepdims !== false)) return new Set([STRANGE])
    if (call.operation && WITHOUT.includes(name)) return new Set()
    return inputs.length ? union(all) : new Set([STRANGE])
  }
}

/** What a step has that a layer makes a mask of; undefined for a layer that makes none. */
function maskedBy({ className, config }: Entry): number | undefined {
  if (className === 'Embedding') return config['mask_zero'] === true ? 0 : undefined
  return className === 'Masking' ? Number(config['mask_value'] ?? 0) : undefined
}

/** Among origins: something that is no mask of Keras's making. */
const STRANGE = ''

/** Layers whose values depend on a mask, and that are not called with one where their input has none. */
const ASKING = ['GlobalAveragePooling1D']

/**
 * Holds that masks in a config are those that come about by themselves.
 * @param nodes every application of each of the layers
 * @param isReplaced whether something else stands in for a layer of the file
 * @throws FileError `unsupported` for one that is another
 */
export function checkMasks(
  entries: readonly Entry[],
  nodes: readonly (readonly CallRefs[])[],
  isReplaced: (layer: string) => boolean,
): void {
  const tracer = new Tracer(entries, nodes, isReplaced)
  entries.forEach(({ name, className }, i) => {
    if (isReplaced(name)) return
    for (const { inputs, masks = [] } of nodes[i]!) {
      if (!masks.length && !ASKING.includes(className)) continue
      const given = union(masks.map((m) => tracer.ofMask(m)))
      const own = union(inputs.map((x) => tracer.ofTensor(x)))
      if (!given.has(STRANGE) && sameOrigins(given, own)) continue
      const rule = `a mask must be the one that its input has from a Masking layer (put another layer in its place: replaceLayers: { ${JSON.stringify(name)}: layer })`
      const got = masks.length ? `another, of ${masks.map((m) => m.layer).join(', ')}` : 'none'
      throw new FileError('unsupported', `[${name}] ${rule}, got ${got}`)
    }
  })
}

const sameOrigins = (a: Origins, b: Origins): boolean => a.size === b.size && [...a].every((key) => b.has(key))
