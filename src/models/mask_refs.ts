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

/** Whether a tensor's mask says which steps of some tensors, by their keys, count. */
type Origins = ReadonlySet<string>

const union = (all: readonly Origins[]): Origins => new Set(all.flatMap((one) => [...one]))

const keyOf = ({ layer, node, tensor }: TensorRef): string => `${node} ${tensor} ${layer}`

class Tracer {
  readonly #at: ReadonlyMap<string, { readonly entry: Entry; readonly calls: readonly CallRefs[] }>
  readonly #known = new Map<string, Origins>()

  constructor(entries: readonly Entry[], nodes: readonly (readonly CallRefs[])[]) {
    this.#at = new Map(entries.map((entry, i) => [entry.name, { entry, calls: nodes[i]! }]))
  }

  /** The tensors that a mask in the config is made of; undefined for what is none that Keras makes by itself. */
  ofMask(mask: TensorRef): Origins | undefined {
    return this.#walk(mask, 'mask')
  }

  /** Those that the mask of a tensor here is made of; none where it has no mask. */
  ofTensor(x: TensorRef): Origins {
    return this.#walk(x, 'tensor') ?? new Set()
  }

  /** Without recursion, since a config may be as deep as it likes. */
  #walk(wanted: TensorRef, kind: 'mask' | 'tensor'): Origins | undefined {
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
    const found = this.#known.get(`${kind} ${keyOf(wanted)}`)!
    return found.has(STRANGE) ? undefined : found
  }

  /** What is to be known first. */
  #behind(at: TensorRef, kind: 'mask' | 'tensor'): readonly TensorRef[] {
    const { entry, calls } = this.#at.get(at.layer) ?? {}
    const call = calls?.[at.node]
    if (!entry || !call) return []
    const name = entry.className
    if (kind === 'mask') return call.operation && JOINING.includes(name) ? call.inputs : []
    return !call.operation && [...PASSING, ...MERGES, 'Concatenate'].includes(name) ? call.inputs : []
  }

  #origins(at: TensorRef, kind: 'mask' | 'tensor', inputs: readonly TensorRef[]): Origins {
    const { entry, calls } = this.#at.get(at.layer) ?? {}
    const call = calls?.[at.node]
    const all = inputs.map((i) => this.#known.get(`${kind} ${keyOf(i)}`) ?? new Set([STRANGE]))
    if (!entry || !call) return new Set(kind === 'mask' ? [STRANGE] : [])
    const name = entry.className
    if (kind === 'tensor') {
      const masks = !call.operation && (name === 'Masking' || (name === 'Embedding' && entry.config['mask_zero'] === true))
      if (masks) return new Set(call.inputs.map(keyOf))
      return MERGES.includes(name) && all.some((one) => !one.size) ? new Set() : union(all)
    }
    if (call.operation && name === 'NotEqual') return new Set(call.inputs.map(keyOf))
    if (call.operation && WITHOUT.includes(name)) return new Set()
    return inputs.length ? union(all) : new Set([STRANGE])
  }
}

/** Among origins: something that is no mask of Keras's making. */
const STRANGE = ''

/**
 * Holds that masks in a config are those that come about by themselves.
 * @param nodes every application of each of the layers
 * @throws FileError `unsupported` for one that is another
 */
export function checkMasks(entries: readonly Entry[], nodes: readonly (readonly CallRefs[])[]): void {
  const tracer = new Tracer(entries, nodes)
  entries.forEach(({ name }, i) => {
    for (const { inputs, masks = [] } of nodes[i]!) {
      if (!masks.length) continue
      const given = masks.map((m) => tracer.ofMask(m))
      const own = union(inputs.map((x) => tracer.ofTensor(x)))
      const same = !given.includes(undefined) && sameOrigins(union(given as Origins[]), own)
      if (same) continue
      const rule = `a mask must be the one that its input has from a Masking layer (put another layer in its place: replaceLayers: { ${JSON.stringify(name)}: layer })`
      throw new FileError('unsupported', `[${name}] ${rule}, got another, of ${masks.map((m) => m.layer).join(', ')}`)
    }
  })
}

const sameOrigins = (a: Origins, b: Origins): boolean => a.size === b.size && [...a].every((key) => b.has(key))
