/**
 * A compiled graph, ready to be replayed: pipelines compiled side by side, memory by liveness and bind groups made once, meanwhile.
 * A run only writes the inputs, sets pipeline, group and dispatch, submits, and reads back what was asked for. It does not wait for the runs
 * before it: two or three are under way at a time.
 */
import type { Device } from '../device/device.ts'
import type { CompiledKernel } from '../device/pipeline.ts'
import { disposeKey } from '../dispose.ts'
import { bytesOf, type DType } from '../dtype.ts'
import { DeviceError, isOutOfMemory } from '../errors.ts'
import { reachable, storageOf, type Graph, type Node, type ParameterNode } from '../graph/graph.ts'
import { lower } from '../graph/lower.ts'
import type { Parameter } from '../parameter.ts'
import type { Lease } from './arena.ts'
import { cheapestOps, compiled, compileOps, countDispatches, record, type CompiledOp, type Dispatch } from './dispatches.ts'
import { Inputs, type PlanInputs } from './inputs.ts'
import { layOut, packsOf, parametersOf, programOf, type Layout, type Program } from './layout.ts'
import type { PackNode } from './pack.ts'
import type { ParameterStore } from './parameter_store.ts'
import type { Place } from './places.ts'
import type { PreparedTensor } from './prepared.ts'
import { Readback, type PlanOutputs } from './readback.ts'
import { sharedOf, type Shared } from './shared.ts'

export type { PlanInputs } from './inputs.ts'
export type { PlanOutputs } from './readback.ts'

/** A run that is under way. */
export interface Started {
  /** The outputs, when they are there. Whoever leaves them alone does not hear of an error of the run. */
  readonly values: Promise<PlanOutputs>
}

/** Seconds of work put into one submit, so that no watchdog fires and the page stays responsive. */
const SUBMIT_SECONDS = 0.25
/** Work is cut anew when the adapter is found to be so many times faster or slower than it was cut for. */
const CUT_AGAIN = 4

export interface PlanStats {
  readonly dispatches: number
  readonly pipelines: number
  /** Floating-point operations of one run. */
  readonly flops: number
  /** Bytes that a run needs beside the parameters: slots of the arena, which all plans share, and folded weights, which those of one model do. */
  readonly bytes: number
}

/** The dispatches, for buffers and an adapter's pace as they were. */
interface Recorded {
  readonly prepare: readonly Dispatch[]
  readonly steps: readonly Dispatch[]
  readonly uniforms: GPUBuffer
  readonly ops: readonly CompiledOp[]
  readonly arenaVersion: number
  /** Those of the parameters: one that was let go of and loaded again, or put elsewhere, has another. */
  readonly stored: readonly GPUBuffer[]
  /** `moves` of the store when they were last looked at. */
  moves: number
  /** Of the adapter, when last looked at. */
  rate: number
}

export class Plan {
  readonly device: Device
  /** What a run needs values for, and of which type. */
  readonly inputTypes: ReadonlyMap<string, DType>
  readonly #store: ParameterStore
  readonly #shared: Shared
  readonly #layout: Layout
  /** Those that prepare, then the steps. */
  #ops: readonly CompiledOp[]
  /** What the ops have bound that is in the store. */
  readonly #parameters: readonly ParameterNode[]
  /** Those that must be behind each other. */
  readonly #packs: readonly (readonly Parameter[])[]
  readonly #lease: Lease
  readonly #inputs: Inputs
  readonly #readback: Readback
  #prepared: ReadonlyMap<Node, PreparedTensor> = new Map()
  /** Stands for inputs that are absent. */
  #absent: GPUBuffer | undefined
  #recorded: Recorded | undefined
  /** `changes` of the store when the prepared tensors were last known to be fresh. */
  #freshAt = -1
  #improving: Promise<unknown> | undefined
  #disposed = false

  /**
   * Compiles a graph. Its parameters must be in `store` already.
   * @throws DeviceError when a tensor exceeds the adapter's limits, memory is used up or a shader does not compile; nothing of the
   * plan stays allocated then.
   */
  static async compile(store: ParameterStore, graph: Graph): Promise<Plan> {
    const { device } = store
    const lowered = lower(graph, device.maxTensorBytes, device.caps)
    const alive = reachable(lowered)
    const nodes = lowered.nodes.filter((n) => alive.has(n.id))
    checkLimit(nodes, device.maxTensorBytes)
    const program = programOf(lowered, { maxTensorBytes: device.maxTensorBytes, placeOf: (p) => store.placeTogether(p) })
    const ops = compileOps(device, [...program.prepare, ...program.steps])
    const plan = await sharedOf(device).turns.take(() => Plan.#allocated(store, program, ops)) // while the driver compiles
    try {
      await compiled(ops)
      return plan
    } catch (error) {
      plan.dispose()
      throw error
    }
  }

  static async #allocated(store: ParameterStore, program: Program, ops: readonly CompiledOp[]): Promise<Plan> {
    const plan = new Plan(store, program, ops)
    try {
      await plan.#allocate()
      return plan
    } catch (error) {
      plan.dispose()
      throw error
    }
  }

  private constructor(store: ParameterStore, program: Program, ops: readonly CompiledOp[]) {
    this.#store = store
    this.device = store.device
    this.#shared = sharedOf(store.device)
    this.#layout = layOut(program, this.#shared.arena.slotBytes)
    this.inputTypes = new Map(this.#layout.inputs.map((n) => [n.name, n.dtype]))
    this.#ops = ops
    this.#parameters = parametersOf(program)
    this.#packs = packsOf(program)
    this.#inputs = new Inputs(this.device, this.#layout.inputs)
    this.#readback = new Readback(this.device, this.#layout.outputs)
    this.#lease = this.#shared.arena.lease(this.#layout.slotBytes)
  }

  async #allocate(): Promise<void> {
    this.#prepared = await this.#shared.prepared.take(this.#layout.kept)
    this.#absent = await this.device.allocate('plan', () => this.device.createBuffer('absent input', 16, GPUBufferUsage.STORAGE))
    await this.#ready()
  }

  get stats(): PlanStats {
    const { slotBytes, kept, steps } = this.#layout
    return {
      dispatches: this.#recorded?.steps.length ?? 0,
      pipelines: new Set(this.#ops.map((op) => op.compiled)).size,
      flops: this.#ops.slice(-steps.length).reduce((sum, op) => sum + op.cost.flops, 0),
      bytes: [...slotBytes, ...kept.map(bytesOf)].reduce((sum, b) => sum + b, 0),
    }
  }

  /** Bytes that the plan shares with no other: the sizes of its dispatches, staging buffers. */
  get ownBytes(): number {
    return (this.#recorded?.uniforms.size ?? 0) + this.#inputs.bytes + this.#readback.bytes
  }

  /** Buffers and dispatches as they must be now. */
  async #ready(): Promise<Recorded> {
    const { arena } = this.#shared
    if (this.#recorded?.moves !== this.#store.moves) await this.#store.together(this.#packs) // before there is the arena beside what is there twice
    await arena.ready(this.#lease)
    const { rate } = this.device.pace
    const ops = this.#ops
    const old = this.#recorded
    const { moves } = this.#store
    const stored = old?.moves === moves ? old.stored : this.#parameters.map((n) => this.#placeOf(n).buffer)
    const valid = old?.arenaVersion === arena.version && stored.every((buffer, i) => buffer === old.stored[i])
    if (valid) old.moves = moves
    if (valid && old.ops === ops) {
      const moved = rate > CUT_AGAIN * old.rate || old.rate > CUT_AGAIN * rate
      if (!moved) return old
      old.rate = rate
      if (countDispatches(ops, rate) === old.prepare.length + old.steps.length) return old
    }
    try {
      const { dispatches, uniforms } = await record(this.device, ops, rate, this.#placeOf)
      if (this.#disposed) this.device.destroyBuffer(uniforms)
      this.#checkOpen()
      if (old) this.device.destroyBuffer(old.uniforms)
      const { length } = this.#layout.prepare
      const [prepare, steps] = [dispatches.slice(0, length).flat(), dispatches.slice(length).flat()]
      return (this.#recorded = { prepare, steps, uniforms, ops, arenaVersion: arena.version, stored, moves, rate })
    } catch (error) {
      if (!valid || old.ops === ops || !isOutOfMemory(error)) throw error
      this.#ops = old.ops // no room for the sizes of better kernels beside those of the old: what ran goes on
      return old
    }
  }

  /** Where a tensor is; undefined stands for one that is absent. */
  readonly #placeOf = (node: Node | PackNode | undefined): Place => {
    if (!node) return { buffer: this.#absent!, offset: 0 }
    const n = node.kind === 'pack' ? node.inputs[0]! : storageOf(node)
    if (n.kind === 'parameter') return this.#store.place(n.parameter, n.rows)
    const { slotOf, offsetOf } = this.#layout
    const buffer = this.#prepared.get(n)?.buffer ?? this.#shared.arena.buffer(slotOf.get(n.id)!)
    return { buffer, offset: offsetOf.get(n.id) ?? 0 }
  }

  /**
   * Runs once. Runs of all plans of a device follow each other in the order of the calls.
   * @param inputs values for every input of the graph, by name, flattened; not to be changed before the run has started.
   * @param read names of the outputs to read back. Default: all.
   * @throws ShapeError when an input is missing or has the wrong length; DeviceError when the device is lost or the plan disposed.
   */
  async run(inputs: PlanInputs, read?: readonly string[]): Promise<PlanOutputs> {
    return (await this.start(inputs, read)).values
  }

  /**
   * As `run`, in two steps: the next run can be started while the GPU is busy with this one.
   * @returns settles when the run is under way: when no more than two submits are before it. The inputs may be changed then.
   */
  start(inputs: PlanInputs, read: readonly string[] = this.#readback.names): Promise<Started> {
    return this.#shared.turns.take(() => this.#start(inputs, read))
  }

  async #start(inputs: PlanInputs, read: readonly string[]): Promise<Started> {
    this.#check()
    this.#inputs.check(inputs)
    this.#readback.check(read)
    const { prepare, steps } = await this.#ready()
    const fresh = await this.#refresh(prepare)
    await this.device.room()
    this.#check()
    let given: GPUBuffer | undefined
    let staging: GPUBuffer | undefined
    const first = (encoder: GPUCommandEncoder) => (given = this.#inputs.write(encoder, inputs, this.#placeOf))
    const last = (encoder: GPUCommandEncoder) => (staging = this.#readback.copy(encoder, read, this.#placeOf))
    let ran: Promise<void>[]
    try {
      ran = await this.#submit(steps, first, last)
    } finally {
      this.#inputs.recycle(given)
    }
    this.#touch()
    const done = Promise.all([...fresh, ...ran]).then(() => undefined)
    const values = this.#readback.values(read, staging, done)
    values.catch(() => undefined)
    // After whoever waits for the values has them. An adapter that cannot compile more goes on as it has begun.
    this.#improving ??= values.then(
      () => void setTimeout(() => void this.#improve().catch(() => undefined)),
      () => (this.#improving = undefined),
    )
    return { values }
  }

  /** Goes on with the cheapest kernels when they are compiled, after a first run with those that were there early. */
  async #improve(): Promise<void> {
    if (this.#disposed) return
    this.#ops = (await cheapestOps(this.device, this.#ops)) ?? this.#ops
  }

  #checkOpen(): void {
    if (this.#disposed) throw new DeviceError('disposed', '[plan] a plan must be open to be run, got a disposed plan')
  }

  #check(): void {
    this.#checkOpen()
    this.device.check()
  }

  /** Computes what is prepared anew where its parameters have changed, for all plans that share it. @returns as #submit */
  async #refresh(prepare: readonly Dispatch[]): Promise<readonly Promise<void>[]> {
    if (this.#store.changes === this.#freshAt) return []
    const versions = ({ parameters }: PreparedTensor) => parameters.map((p) => this.#store.version(p)).join()
    const stale = [...this.#prepared.values()].filter((t) => t.versions !== versions(t))
    const done = stale.length ? await this.#submit(prepare) : []
    for (const t of stale) t.versions = versions(t)
    this.#freshAt = this.#store.changes
    return done
  }

  /** Notes what a run has changed. None of it flows into what is prepared. */
  #touch(): void {
    const fresh = this.#store.changes === this.#freshAt
    for (const p of this.#layout.updated) this.#store.touch(p)
    if (fresh) this.#freshAt = this.#store.changes
  }

  /**
   * One submit; more only where the work would keep the adapter busy for too long.
   * @param first records what comes before the dispatches, `last` what comes after them
   * @returns what settles when each submit is done
   */
  async #submit(
    dispatches: readonly Dispatch[],
    first?: (encoder: GPUCommandEncoder) => void,
    last?: (encoder: GPUCommandEncoder) => void,
  ): Promise<Promise<void>[]> {
    const done: Promise<void>[] = []
    for (let begin = 0, end = 0; ; begin = end) {
      const most = SUBMIT_SECONDS * this.device.pace.rate
      let work = 0
      while (end < dispatches.length && (end === begin || work < most)) work += dispatches[end++]!.work
      done.push(
        this.device.submit('plan', work, (encoder) => {
          if (begin === 0) first?.(encoder)
          encode(encoder, dispatches, begin, end)
          if (end === dispatches.length) last?.(encoder)
        }),
      )
      if (end === dispatches.length) return done
      await this.device.room()
      this.#check()
    }
  }

  /** Frees what the plan alone has, and its share of the arena. Parameters stay. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    const { arena, prepared, turns } = this.#shared
    prepared.release(this.#prepared.values())
    arena.release(this.#lease)
    this.#inputs.dispose()
    this.#readback.dispose()
    for (const b of [this.#absent, this.#recorded?.uniforms]) if (b) this.device.destroyBuffer(b)
    void turns.take(() => Promise.resolve(arena.trim()))
  }

  [disposeKey](): void {
    this.dispose()
  }
}

/** @throws DeviceError `limit` naming the first tensor that is too large for a binding */
function checkLimit(nodes: readonly Node[], limit: number): void {
  for (const n of nodes) {
    const bytes = bytesOf(n)
    if (n.kind === 'parameter' || bytes <= limit) continue
    throw new DeviceError('limit', `[${n.name}] a tensor must fit the adapter's limit of ${limit} bytes, got ${bytes} bytes`)
  }
}

function encode(encoder: GPUCommandEncoder, dispatches: readonly Dispatch[], begin: number, end: number): void {
  const pass = encoder.beginComputePass()
  let set: CompiledKernel | undefined
  for (let i = begin; i < end; i++) {
    const d = dispatches[i]!
    if (d.compiled !== set) pass.setPipeline((set = d.compiled).pipeline!)
    pass.setBindGroup(0, d.bindGroup)
    pass.dispatchWorkgroups(d.groups[0], d.groups[1])
  }
  pass.end()
}
