/** Turns ops into dispatches: variants chosen, pipelines compiled side by side, bind groups, work cut into short pieces. */
import type { Device } from '../device/device.ts'
import type { CompiledKernel } from '../device/pipeline.ts'
import { reachable, type Graph, type Node, type OpNode } from '../graph/graph.ts'
import { lower } from '../graph/lower.ts'
import { foldGroups, variantOf, type Kernel, type Op } from '../kernels/kernel.ts'
import { packSizes, sizesBytes } from '../kernels/sizes.ts'
import { sizeOf } from '../shape.ts'
import type { Layout } from './layout.ts'
import type { ParameterStore } from './parameter_store.ts'

export interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly bindGroup: GPUBindGroup
  readonly groups: [x: number, y: number, z: number]
  readonly flops: number
}

/** Longest time that one dispatch should take, in seconds: watchdogs of browsers and drivers watch for seconds. */
const DISPATCH_SECONDS = 0.1
/** Uniform offsets are multiples of this by WebGPU's default limit minUniformBufferOffsetAlignment. */
const UNIFORM_STRIDE = 256

interface Prepared {
  readonly node: OpNode
  readonly kernel: Kernel
  readonly compiled: CompiledKernel
  readonly flops: number
  /** First workgroup of each dispatch. */
  readonly bases: readonly number[]
  readonly groupsPerPart: number
}

/** Compiles the pipelines of a graph ahead of its plan, while its parameters are still on their way. */
export async function warmPipelines(device: Device, graph: Graph): Promise<void> {
  const lowered = lower(graph, device.maxTensorBytes)
  const alive = reachable(lowered)
  const ops = lowered.nodes.filter((n): n is OpNode => n.kind === 'op' && alive.has(n.id))
  await Promise.all(ops.map((node) => prepare(device, node)))
}

/** Types of an op's bindings, in order. */
function bindingTypes(op: Op): GPUBufferBindingType[] {
  return [
    ...op.inputs.map(() => 'read-only-storage' as const),
    ...(op.updates ?? []).map(() => 'storage' as const),
    ...(op.output === null ? [] : ['storage' as const]),
    'uniform',
  ]
}

async function prepare(device: Device, node: OpNode): Promise<Prepared> {
  const { op } = node
  const io = { inputs: node.inputs.map((i) => i?.shape), output: node.shape, attrs: node.attrs }
  const kernel = variantOf(op, io, device.caps).kernel(io, device.caps)
  const compiled = await device.pipeline(op.name, bindingTypes(op), kernel.wgsl)
  const { flops } = op.cost(io)
  const parts = Math.min(kernel.groups, Math.ceil(flops / (DISPATCH_SECONDS * device.pace.rate)))
  const groupsPerPart = Math.ceil(kernel.groups / Math.max(1, parts))
  const bases: number[] = []
  for (let base = 0; base < kernel.groups; base += groupsPerPart) bases.push(base)
  return { node, kernel, compiled, flops, bases, groupsPerPart }
}

/** A buffer with the uniform block of every dispatch, and where each begins. */
async function uniforms(device: Device, prepared: readonly Prepared[]): Promise<{ buffer: GPUBuffer; offsets: Map<Prepared, number> }> {
  const offsets = new Map<Prepared, number>()
  let bytes = 0
  for (const p of prepared) {
    offsets.set(p, bytes)
    bytes += p.bases.length * UNIFORM_STRIDE
  }
  const values = new Uint32Array(Math.max(4, bytes / 4))
  const view = new DataView(values.buffer)
  for (const p of prepared) {
    p.bases.forEach((base, i) => packSizes(p.kernel.wgsl, p.kernel.sizes, base, view, offsets.get(p)! + i * UNIFORM_STRIDE))
  }
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
  const buffer = await device.allocate('plan', () => device.createBuffer('sizes', values.byteLength, usage))
  device.write(buffer, 0, values)
  return { buffer, offsets }
}

/** A tensor's buffer with the tensor's own size, however long the buffer is. */
function bound(layout: Layout, node: Node): GPUBindingResource {
  return { buffer: layout.bufferOf(node), size: 4 * sizeOf(node.shape) }
}

/**
 * Compiles and records all ops of a layout. Buffers that it makes are appended to `layout.owned`.
 * @throws DeviceError `shader`
 */
export async function record(store: ParameterStore, layout: Layout): Promise<Map<OpNode, Dispatch[]>> {
  const { device } = store
  const prepared = await Promise.all([...layout.prepare, ...layout.steps].map((node) => prepare(device, node)))
  const { buffer, offsets } = await uniforms(device, prepared)
  layout.owned.push(buffer)
  const absent = await device.allocate('plan', () => device.createBuffer('absent input', 16, GPUBufferUsage.STORAGE))
  layout.owned.push(absent)

  const bind = ({ node, kernel, compiled }: Prepared, offset: number): GPUBindGroup => {
    const resources = [
      ...node.inputs.map((i) => (i ? bound(layout, i) : { buffer: absent })),
      ...node.updates.map((u) => bound(layout, u)),
      ...(node.op.output === null ? [] : [bound(layout, node)]),
      { buffer, offset, size: sizesBytes(kernel.wgsl) },
    ]
    const entries = resources.map((resource, binding) => ({ binding, resource }))
    return device.gpu.createBindGroup({ label: node.name, layout: compiled.layout, entries })
  }
  return new Map(
    prepared.map((p) => {
      const { groups } = p.kernel
      const dispatches = p.bases.map((base, i): Dispatch => {
        const count = Math.min(p.groupsPerPart, groups - base)
        const bindGroup = bind(p, offsets.get(p)! + i * UNIFORM_STRIDE)
        return { pipeline: p.compiled.pipeline, bindGroup, groups: foldGroups(count), flops: (p.flops * count) / groups }
      })
      return [p.node, dispatches]
    }),
  )
}
