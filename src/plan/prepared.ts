/**
 * Tensors that follow from parameters alone, folded kernels above all. They are computed once, kept from run to run, and shared by all plans
 * that need the same: those of other batch sizes, evaluation beside prediction.
 */
import type { Device } from '../device/device.ts'
import { bytesOf } from '../dtype.ts'
import type { Node, OpNode } from '../graph/graph.ts'
import { attrsText } from '../kernels/kernel.ts'
import type { Parameter } from '../parameter.ts'
import { numberOf } from './graph_key.ts'

export interface PreparedTensor {
  readonly key: string
  readonly buffer: GPUBuffer
  /** The parameters that it follows from. */
  readonly parameters: readonly Parameter[]
  /** Versions of the parameters when it was computed; undefined before. */
  versions: string | undefined
  users: number
}

/** What a node computes, as text; equal texts give equal values. */
function keyOf(n: Node, known: Map<Node, string>): string {
  let key = known.get(n)
  if (key === undefined) {
    if (n.kind === 'parameter') key = `${numberOf(n.parameter)}:${n.rows?.join('-') ?? ''}`
    else {
      const inputs = n.inputs.map((i) => (i ? keyOf(i, known) : '')).join()
      const attrs = n.kind === 'op' ? attrsText(n.attrs) : ''
      key = `${n.kind === 'op' ? n.op.name : n.kind}[${n.shape.join()}]${attrs}(${inputs})`
    }
    known.set(n, key)
  }
  return key
}

function parametersOf(n: Node, into: Set<Parameter>): Set<Parameter> {
  if (n.kind === 'parameter') into.add(n.parameter)
  for (const i of n.inputs) if (i) parametersOf(i, into)
  return into
}

export class PreparedTensors {
  readonly #device: Device
  readonly #tensors = new Map<string, PreparedTensor>()
  #bytes = 0

  constructor(device: Device) {
    this.#device = device
  }

  /** Bytes of all of them. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Counts one more user of each node's tensor, and makes those that are not there. One call at a time.
   * @throws DeviceError `out-of-memory`, `limit`; nothing has changed then
   */
  async take(nodes: readonly OpNode[]): Promise<Map<OpNode, PreparedTensor>> {
    const keys = new Map<Node, string>()
    const missing = new Map<string, OpNode>()
    for (const n of nodes) if (!this.#tensors.has(keyOf(n, keys))) missing.set(keyOf(n, keys), n)
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const made = await this.#device.allocate('plan', () =>
      [...missing].map(([key, n]): PreparedTensor => {
        const buffer = this.#device.createBuffer(n.name, bytesOf(n), usage)
        return { key, buffer, parameters: [...parametersOf(n, new Set())], versions: undefined, users: 0 }
      }),
    )
    for (const t of made) {
      this.#tensors.set(t.key, t)
      this.#bytes += t.buffer.size
    }
    const taken = new Map(nodes.map((n) => [n, this.#tensors.get(keyOf(n, keys))!]))
    for (const t of taken.values()) t.users++
    return taken
  }

  /** Counts one user less, and frees what nobody uses any more. */
  release(tensors: Iterable<PreparedTensor>): void {
    for (const t of tensors) {
      if (--t.users) continue
      this.#tensors.delete(t.key)
      this.#bytes -= t.buffer.size
      this.#device.destroyBuffer(t.buffer)
    }
  }
}
