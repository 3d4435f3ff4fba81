/**
 * Many updates as one dispatch. A network has hundreds of small weights, and an optimizer does the same to each: where ops work element by
 * element (`packs`) and in the same way, they run as one op on tensors that lie behind each other. Gradients are written there by the ops that compute
 * them, each at its place; weights and their state are put there by the `ParameterStore`. The bits are the same.
 */
import { bytesOf, type DType } from '../dtype.ts'
import { storageOf, type Graph, type Node, type OpNode, type ParameterNode } from '../graph/graph.ts'
import { attrsText } from '../kernels/kernel.ts'
import type { Parameter } from '../parameter.ts'
import type { Shape } from '../shape.ts'
import { numberOf } from './graph_key.ts'

/** Where a tensor of a pack may begin, in bytes: WebGPU's default limit minStorageBufferOffsetAlignment. */
const ALIGN = 256
/**
 * Bytes of gradients that wait for their updates: those of the largest weight, within these. More would make the dispatches fewer, and the memory
 * of a step larger.
 */
const WAITING = { least: 2 ** 20, most: 2 ** 23 }

/** Tensors behind each other, with gaps up to where the next may begin. */
export interface PackNode {
  readonly kind: 'pack'
  readonly id: number
  readonly name: string
  readonly dtype: DType
  /** One dimension, gaps included. */
  readonly shape: Shape
  readonly inputs: readonly (OpNode | ParameterNode)[]
}

/** An op as a plan runs it: one of the graph, or several packed. */
export interface Step extends Omit<OpNode, 'inputs' | 'updates'> {
  readonly inputs: readonly (Node | PackNode | undefined)[]
  readonly updates: readonly (ParameterNode | PackNode)[]
}

/** Bytes from the begin of a tensor in a pack to that of the next. */
export function strideOf(tensor: { readonly dtype: DType; readonly shape: Shape }): number {
  return Math.ceil(bytesOf(tensor) / ALIGN) * ALIGN
}

/** An op that can be one with others, and what it works on. */
interface Candidate {
  readonly op: OpNode
  /** By element: what is read, first, and what is updated. */
  readonly tensors: readonly (OpNode | ParameterNode)[]
  readonly key: string
}

interface Group {
  readonly members: Candidate[]
  bytes: number
}

export interface PackOptions {
  readonly maxTensorBytes: number
  /** Where a parameter lies that others lie beside; undefined for one by itself. Default: none lies beside others. */
  readonly placeOf?: (parameter: Parameter) => { readonly buffer: object; readonly offset: number } | undefined
}

/** @param steps in the order in which they run @param outputs of the graph, which are read back whole */
export function packed(steps: readonly OpNode[], { outputs, nodes }: Graph, options: PackOptions): Step[] {
  return new Packing(steps, new Set([...outputs.values()].map(storageOf)), nodes.length, options).run()
}

class Packing {
  readonly #steps: ReadonlySet<OpNode>
  readonly #outputs: ReadonlySet<Node>
  readonly #options: PackOptions
  readonly #most: number
  /** Parameters that must not move: what an op reads that changes others, since one dispatch may not read and write one buffer, and what several change. */
  readonly #fixed: ReadonlySet<Parameter>
  readonly #groups = new Map<string, Group>()
  /** The groups that wait, by what they read and update. */
  readonly #groupOf = new Map<Parameter, string>()
  readonly #placed = new Set<Node>()
  readonly #made: Step[] = []
  #nextId: number

  constructor(steps: readonly OpNode[], outputs: ReadonlySet<Node>, nextId: number, options: PackOptions) {
    this.#steps = new Set(steps)
    this.#outputs = outputs
    this.#nextId = nextId
    this.#options = options
    const changing = steps.filter((n) => n.updates.length)
    this.#fixed = fixedBy(changing)
    const largest = Math.max(0, ...changing.map((n) => (n.op.packs ? bytesOf(n) : 0)))
    this.#most = Math.min(options.maxTensorBytes, Math.max(WAITING.least, Math.min(WAITING.most, largest)))
  }

  run(): Step[] {
    for (const step of this.#steps) {
      this.#settle(step)
      const candidate = this.#candidate(step)
      if (candidate) this.#add(candidate)
      else this.#made.push(step)
    }
    for (const key of [...this.#groups.keys()]) this.#close(key)
    return this.#made
  }

  /** Ends the groups that an op must not overtake, or be packed with. */
  #settle(step: OpNode): void {
    for (const parameter of [...step.inputs, ...step.updates].flatMap(parametersOf)) {
      const key = this.#groupOf.get(parameter)
      if (key !== undefined) this.#close(key)
    }
  }

  #candidate(op: OpNode): Candidate | undefined {
    if (!op.op.packs || strideOf(op) > this.#most) return undefined
    const read = storageOf(op.inputs[0]!)
    if (read.kind !== 'parameter' && !this.#writable(read)) return undefined
    const tensors = [read, ...op.updates]
    if (tensors.some((t) => t.kind === 'parameter' && (t.rows || this.#fixed.has(t.parameter)))) return undefined
    const others = op.inputs.slice(1).map((i) => i?.id)
    const place = read.kind === 'parameter' ? this.#options.placeOf?.(read.parameter) : undefined
    const kinds = tensors.map((t) => `${t.kind}:${t.dtype}`)
    const key = `${op.op.name} ${others.join()} ${kinds.join()} ${place ? numberOf(place.buffer) : ''} ${attrsText(op.attrs)}`
    return { op, tensors, key }
  }

  /** Whether an op can write its output at a place in a pack. */
  #writable(n: Node): n is OpNode {
    return n.kind === 'op' && this.#steps.has(n) && !n.slice && !this.#outputs.has(n) && !this.#placed.has(n)
  }

  #add(candidate: Candidate): void {
    const { op, key, tensors } = candidate
    const known = this.#groups.get(key)
    if (known?.members.some(({ tensors: [read] }) => readsEither(tensors[0]!, read!))) this.#close(key)
    while (this.#groups.size && this.#waiting + strideOf(op) > this.#most) this.#close(this.#largest)
    const group = this.#groups.get(key) ?? { members: [], bytes: 0 }
    group.members.push(candidate)
    group.bytes += strideOf(op)
    this.#groups.set(key, group)
    this.#placed.add(tensors[0]!)
    for (const p of tensors.flatMap(parametersOf)) this.#groupOf.set(p, key)
  }

  get #waiting(): number {
    return [...this.#groups.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get #largest(): string {
    return [...this.#groups].reduce((a, b) => (b[1].bytes > a[1].bytes ? b : a))[0]
  }

  #close(key: string): void {
    const { members } = this.#groups.get(key)!
    this.#groups.delete(key)
    for (const p of members.flatMap(({ tensors }) => tensors.flatMap(parametersOf))) this.#groupOf.delete(p)
    for (const run of this.#runs(members)) this.#made.push(run.length > 1 ? this.#pack(run) : run[0]!.op)
  }

  /** Members as they can be packed: what lies beside others, sums of gradients, stays where it is. */
  #runs(members: readonly Candidate[]): Candidate[][] {
    const { placeOf } = this.#options
    const offset = ({ tensors: [read] }: Candidate) => (read!.kind === 'parameter' ? placeOf?.(read!.parameter)?.offset : undefined)
    const ordered = [...members].sort((a, b) => (offset(a) ?? 0) - (offset(b) ?? 0))
    const runs: Candidate[][] = []
    let end: number | undefined
    for (const member of ordered) {
      const begin = offset(member)
      if (runs.length && begin === end) runs.at(-1)!.push(member)
      else runs.push([member])
      end = begin === undefined ? undefined : begin + strideOf(member.op)
    }
    return runs
  }

  #pack(members: readonly Candidate[]): Step {
    const [{ op, tensors }] = members as [Candidate]
    const packs = tensors.map((_, i) => this.#node(members.map((m) => m.tensors[i]!)))
    const name = `${op.name} and ${members.length - 1} more`
    const [read, ...updates] = packs as [PackNode, ...PackNode[]]
    const { shape } = read
    return { ...op, id: this.#nextId++, name, shape, inputs: [read, ...op.inputs.slice(1)], updates }
  }

  #node(inputs: readonly (OpNode | ParameterNode)[]): PackNode {
    const [{ name, dtype }] = inputs as [OpNode | ParameterNode]
    const last = inputs.at(-1)!
    const bytes = inputs.slice(0, -1).reduce((sum, n) => sum + strideOf(n), bytesOf(last))
    return { kind: 'pack', id: this.#nextId++, name, dtype, shape: [bytes / bytesOf({ dtype, shape: [1] })], inputs }
  }
}

function fixedBy(changing: readonly OpNode[]): Set<Parameter> {
  const fixed = new Set(changing.flatMap((n) => n.inputs.slice(n.op.packs ? 1 : 0)).flatMap(parametersOf))
  const once = new Set<Parameter>()
  for (const { op, inputs, updates } of changing) {
    if (!op.packs) continue
    for (const p of [inputs[0], ...updates].flatMap(parametersOf)) (once.has(p) ? fixed : once).add(p)
  }
  return fixed
}

function parametersOf(n: Node | undefined): Parameter[] {
  const storage = n && storageOf(n)
  return storage?.kind === 'parameter' ? [storage.parameter] : []
}

/** Whether one op reads what the other writes: in one buffer it could not. */
function readsEither(a: Node, b: Node): boolean {
  const reads = (x: Node, y: Node) => x.inputs.some((i) => i && storageOf(i) === y)
  return reads(a, b) || reads(b, a)
}
