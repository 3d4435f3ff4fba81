/** Turns ops into dispatches: specialised shaders, pipelines compiled side by side, bind groups, work cut into short pieces. */
import type { Device } from '../device/device.ts'
import type { ParameterStore } from './parameter_store.ts'
import type { CompiledKernel } from '../device/pipeline.ts'
import { foldGroups, sourceOf, variantOf } from '../kernels/kernel.ts'
import { reachable, type Graph, type OpNode } from '../graph/graph.ts'
import type { Layout } from './layout.ts'
import { splitLargeDense } from '../graph/transforms.ts'

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
  readonly kernel: CompiledKernel
  readonly flops: number
  readonly groups: number
  /** First workgroup of each dispatch. */
  readonly bases: readonly number[]
  readonly groupsPerPart: number
}

/** Compiles the pipelines of a graph ahead of its plan, while its parameters are still on their way. */
export async function warmPipelines(device: Device, graph: Graph): Promise<void> {
  const split = splitLargeDense(graph, device.maxTensorBytes)
  const alive = reachable(split)
  const ops = split.nodes.filter((n): n is OpNode => n.kind === 'op' && alive.has(n.id))
  await Promise.all(ops.map((node) => compileOne(device, node)))
}

async function compileOne(device: Device, node: OpNode): Promise<Prepared> {
  const io = { inputs: node.inputs.map((i) => i?.shape), output: node.shape, attrs: node.attrs }
  const variant = variantOf(node.op, device.kernelClass, io)
  const kernel = await device.pipeline(node.op, sourceOf(variant, io))
  const groups = variant.workgroups(io)
  const { flops } = node.op.cost(io)
  const parts = node.op.parts ? Math.min(groups, Math.ceil(flops / (DISPATCH_SECONDS * device.assumedFlops))) : 1
  const groupsPerPart = Math.ceil(groups / Math.max(1, parts))
  const bases: number[] = []
  for (let base = 0; base < groups; base += groupsPerPart) bases.push(base)
  return { node, kernel, flops, groups, bases, groupsPerPart }
}

/**
 * Compiles and records all ops of a layout. Buffers that it makes are appended to `layout.owned`.
 * @throws DeviceError `shader`
 */
export async function record(store: ParameterStore, layout: Layout): Promise<Map<OpNode, Dispatch[]>> {
  const { device } = store
  const prepared = await Promise.all([...layout.prepare, ...layout.steps].map((node) => compileOne(device, node)))
  const bases = [...new Set(prepared.filter((p) => p.node.op.parts).flatMap((p) => p.bases))]
  const partOffset = new Map(bases.map((base, i) => [base, i * UNIFORM_STRIDE]))
  const { absent, partBuffer } = await device.allocate('plan', () => ({
    absent: device.createBuffer('absent input', 16, GPUBufferUsage.STORAGE),
    partBuffer: device.createBuffer('parts', UNIFORM_STRIDE * Math.max(1, bases.length), GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST),
  }))
  layout.owned.push(absent, partBuffer)
  for (const [base, offset] of partOffset) device.write(partBuffer, offset, new Uint32Array([base, 0, 0, 0]))

  const bind = ({ node, kernel }: Prepared, base: number): GPUBindGroup => {
    const bound = [
      ...node.inputs.map((i) => (i ? layout.bufferOf(i) : absent)),
      ...node.updates.map((u) => layout.bufferOf(u)),
      ...(node.op.output === null ? [] : [layout.bufferOf(node)]),
    ].map((buffer): GPUBindingResource => ({ buffer }))
    if (node.op.parts) bound.push({ buffer: partBuffer, offset: partOffset.get(base)!, size: 16 })
    const entries = bound.map((resource, binding) => ({ binding, resource }))
    return device.gpu.createBindGroup({ label: node.name, layout: kernel.layout, entries })
  }
  return new Map(
    prepared.map((p) => {
      const dispatches = p.bases.map((base): Dispatch => {
        const count = Math.min(p.groupsPerPart, p.groups - base)
        return { pipeline: p.kernel.pipeline, bindGroup: bind(p, base), groups: foldGroups(count), flops: (p.flops * count) / p.groups }
      })
      return [p.node, dispatches]
    }),
  )
}
