/**
 * A compiled graph, ready to be replayed: buffers by liveness, pipelines compiled side by side, bind groups made once.
 * A run only writes the inputs, sets pipeline, group and dispatch, submits, and reads back what was asked for.
 *
 * What depends on parameters alone (folded weights) is computed once and again only after those parameters have changed.
 */
import type { Device } from '../device/device.ts'
import type { ParameterStore } from './parameter_store.ts'
import { disposeKey } from '../dispose.ts'
import { ArgumentError, DeviceError, ShapeError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import type { Graph, InputNode, OpNode } from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'
import { layOut, type Layout } from './layout.ts'
import { record, type Dispatch } from './dispatches.ts'
import { lower } from '../graph/lower.ts'

export type PlanInputs = Readonly<Record<string, Float32Array | Uint32Array>>

/** Seconds of work put into one submit, so that no watchdog fires and the page stays responsive. */
const SUBMIT_SECONDS = 0.5

export interface PlanStats {
  readonly dispatches: number
  readonly pipelines: number
  /** Floating-point operations of one run. */
  readonly flops: number
  /** Bytes of the plan's own buffers: inputs, intermediates, outputs, folded weights. */
  readonly bytes: number
}

export class Plan {
  readonly device: Device
  readonly stats: PlanStats
  readonly #store: ParameterStore
  readonly #layout: Layout
  readonly #prepare: readonly Dispatch[]
  readonly #steps: readonly Dispatch[]
  readonly #staging = new Map<string, GPUBuffer>()
  #preparedFor: string | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #disposed = false

  /**
   * Compiles a graph. Its parameters must be in `store` already.
   * @throws DeviceError when a tensor exceeds the adapter's limits, memory is used up or a shader does not compile; nothing of the
   * plan stays allocated then.
   */
  static async compile(store: ParameterStore, graph: Graph): Promise<Plan> {
    const { device } = store
    const layout = await layOut(store, lower(graph, device.maxTensorBytes))
    try {
      const dispatches = await record(store, layout)
      return new Plan(store, layout, dispatches)
    } catch (error) {
      layout.owned.forEach((b) => device.destroyBuffer(b))
      throw error
    }
  }

  private constructor(store: ParameterStore, layout: Layout, all: ReadonlyMap<OpNode, Dispatch[]>) {
    this.#store = store
    this.device = store.device
    this.#layout = layout
    this.#prepare = layout.prepare.flatMap((n) => all.get(n)!)
    this.#steps = layout.steps.flatMap((n) => all.get(n)!)
    this.stats = {
      dispatches: this.#steps.length,
      pipelines: new Set([...this.#prepare, ...this.#steps].map((d) => d.pipeline)).size,
      flops: this.#steps.reduce((sum, d) => sum + d.flops, 0),
      bytes: layout.owned.reduce((sum, b) => sum + b.size, 0),
    }
  }

  /**
   * Runs once. Runs of one plan follow each other in the order of the calls.
   * @param inputs values for every input of the graph, by name, flattened.
   * @param read names of the outputs to read back. Default: all.
   * @throws ShapeError when an input is missing or has the wrong length; DeviceError when the device is lost or the plan disposed.
   */
  run(inputs: PlanInputs, read: readonly string[] = [...this.#layout.outputs.keys()]): Promise<Record<string, Float32Array>> {
    const job = this.#tail.then(() => this.#run(inputs, read))
    this.#tail = job.catch(() => undefined)
    return job
  }

  async #run(inputs: PlanInputs, read: readonly string[]): Promise<Record<string, Float32Array>> {
    if (this.#disposed) throw new DeviceError('disposed', '[plan] a plan must be open to be run, got a disposed plan')
    this.device.check()
    this.#writeInputs(inputs)
    const versions = this.#layout.prepareParameters.map((p) => this.#store.version(p)).join()
    if (this.#preparedFor !== versions) {
      await this.#submit(this.#prepare)
      this.#preparedFor = versions
    }
    const staged = read.map((name) => ({ name, ...this.#stage(name) }))
    await this.#submit(this.#steps, (encoder) => {
      for (const { source, staging } of staged) encoder.copyBufferToBuffer(source, 0, staging, 0, staging.size)
    })
    this.#layout.updated.forEach((p: Parameter) => this.#store.touch(p))
    const values: Record<string, Float32Array> = {}
    for (const { name, staging, length } of staged) values[name] = await this.device.readMapped(staging, length)
    return values
  }

  #writeInputs(inputs: PlanInputs): void {
    for (const node of this.#layout.inputs) this.device.write(this.#layout.bufferOf(node), 0, this.#checkInput(node, inputs))
    for (const name of Object.keys(inputs)) {
      if (!this.#layout.inputs.some((n) => n.name === name)) {
        const known = this.#layout.inputs.map((n) => n.name).join(', ')
        throw new ArgumentError('plan', `an input must be one of ${known}, got ${name}`)
      }
    }
  }

  #checkInput(node: InputNode, inputs: PlanInputs): Float32Array | Uint32Array {
    const data = inputs[node.name]
    if (data?.length !== sizeOf(node.shape)) {
      throw new ShapeError('plan', `input ${node.name} must have ${sizeOf(node.shape)} values, got ${data?.length ?? 'none'}`)
    }
    return data
  }

  #stage(name: string): { source: GPUBuffer; staging: GPUBuffer; length: number } {
    const node = this.#layout.outputs.get(name)
    if (!node) throw new ArgumentError('plan', `an output must be one of ${[...this.#layout.outputs.keys()].join(', ')}, got ${name}`)
    const source = this.#layout.bufferOf(node)
    let staging = this.#staging.get(name)
    if (!staging) {
      staging = this.device.createBuffer(`${name} readback`, 4 * sizeOf(node.shape), GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
      this.#staging.set(name, staging)
    }
    return { source, staging, length: sizeOf(node.shape) }
  }

  /** One encoder and one submit; more only where the work would keep the adapter busy for too long. Settles when the last one is done. */
  async #submit(dispatches: readonly Dispatch[], finish?: (encoder: GPUCommandEncoder) => void): Promise<void> {
    for (let at = 0; ;) {
      const begin = at
      const budget = SUBMIT_SECONDS * this.device.pace.rate
      let flops = 0
      for (; at < dispatches.length && flops < budget; at++) flops += dispatches[at]!.flops
      const last = at === dispatches.length
      const done = this.device.submit('plan', flops, (encoder) => {
        const pass = encoder.beginComputePass()
        for (const d of dispatches.slice(begin, at)) {
          pass.setPipeline(d.pipeline)
          pass.setBindGroup(0, d.bindGroup)
          pass.dispatchWorkgroups(...d.groups)
        }
        pass.end()
        if (last) finish?.(encoder)
      })
      if (last) return done
      await done
    }
  }

  /** Frees the plan's own buffers. Parameters stay. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    for (const b of [...this.#layout.owned, ...this.#staging.values()]) this.device.destroyBuffer(b)
  }

  [disposeKey](): void {
    this.dispose()
  }
}
