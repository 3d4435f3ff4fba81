/** Turns ops into dispatches: variants chosen, pipelines compiled side by side, bind groups, work cut into short pieces. */
import type { Device } from '../device/device.ts'
import type { CompiledKernel } from '../device/pipeline.ts'
import { bytesOf } from '../dtype.ts'
import { reachable, type Graph, type Node, type OpNode } from '../graph/graph.ts'
import { lower } from '../graph/lower.ts'
import { foldGroups, MAX_GROUPS, type Cost, type Kernel } from '../kernels/kernel.ts'
import { packSizes, sizesBytes } from '../kernels/sizes.ts'
import { kernelsOf, type Choice } from './kernels.ts'
import type { PackNode, Step } from './pack.ts'
import type { Place } from './places.ts'

export interface Dispatch {
  readonly compiled: CompiledKernel
  readonly bindGroup: GPUBindGroup
  readonly groups: [x: number, y: number, z: number]
  /** In the unit of the device's pace. */
  readonly work: number
}

/** Longest time that one dispatch should take, in seconds: watchdogs of browsers and drivers watch for seconds. */
const DISPATCH_SECONDS = 0.1
/** Uniform offsets are multiples of this by WebGPU's default limit minUniformBufferOffsetAlignment. */
const UNIFORM_STRIDE = 256
/** Operations that take as long as to read or write a byte, for the cut of work: between a CPU's and a large GPU's. */
const FLOPS_PER_BYTE = 4

/** An op with the kernel that was chosen for it. */
export interface CompiledOp {
  readonly node: Step
  readonly kernel: Kernel
  readonly compiled: CompiledKernel
  readonly cost: Cost
  /** Chosen since it compiles early; there may be a cheaper one. */
  readonly early: boolean
}

/** Compiles the pipelines of a graph ahead of its plan, while its parameters are still on their way. @throws DeviceError `shader` */
export async function warmPipelines(device: Device, graph: Graph): Promise<void> {
  const lowered = lower(graph, device.maxTensorBytes, device.caps)
  const alive = reachable(lowered)
  const ops = lowered.nodes.filter((n): n is OpNode => n.kind === 'op' && alive.has(n.id))
  await compiled(compileOps(device, ops))
}

/** Types of an op's bindings, in order. */
function bindingTypes({ op, updates }: Step): GPUBufferBindingType[] {
  return [
    ...op.inputs.map(() => 'read-only-storage' as const),
    ...updates.map(() => 'storage' as const),
    ...(op.output === null ? [] : ['storage' as const]),
    'uniform',
  ]
}

/** Chooses kernels and has them compiled, side by side, those of the heaviest ops first. In the order of the ops. */
export function compileOps(device: Device, ops: readonly Step[], choice: Choice = 'early'): CompiledOp[] {
  const made = new Map<Step, CompiledOp>()
  for (const { nodes, kernel, cost, early } of kernelsOf(ops, device.caps, choice)) {
    const [first] = nodes as [Step]
    const compiled = device.pipeline(first.op.name, bindingTypes(first), kernel.wgsl)
    for (const node of nodes) made.set(node, { node, kernel, cost, early, compiled })
  }
  return ops.map((node) => made.get(node)!)
}

/** Settles when all pipelines are there. @throws DeviceError `shader` */
export async function compiled(ops: readonly CompiledOp[]): Promise<void> {
  await Promise.all(new Set(ops.map((op) => op.compiled.done)))
}

/** The same ops with their cheapest kernels, when all of those are compiled; undefined where they have them. @throws DeviceError `shader` */
export async function cheapestOps(device: Device, ops: readonly CompiledOp[]): Promise<CompiledOp[] | undefined> {
  const early = ops.filter((op) => op.early)
  const nodes = early.map((op) => op.node)
  const cheapest = compileOps(device, nodes, 'cheapest')
  await compiled(cheapest)
  if (cheapest.every((op, i) => op.compiled === early[i]!.compiled)) return undefined
  const by = new Map(cheapest.map((op) => [op.node, op]))
  return ops.map((op) => by.get(op.node) ?? op)
}

/** Bytes that are bound for a node: of an op that writes a slice, the whole tensor that it is a slice of. */
function boundBytes(node: Node | PackNode | Step): number {
  const slice = node.kind === 'op' ? node.slice : undefined
  return slice ? (bytesOf(node) / node.shape.at(-1)!) * slice.width : bytesOf(node)
}

/** The dispatches that an op is cut into. */
interface Cut {
  readonly work: number
  /** First workgroup of each. */
  readonly bases: readonly number[]
  readonly groupsEach: number
}

function cut({ kernel: { groups }, cost }: CompiledOp, rate: number): Cut {
  const work = cost.flops + FLOPS_PER_BYTE * cost.bytes
  const parts = Math.max(1, Math.min(groups, Math.ceil(work / (DISPATCH_SECONDS * rate))))
  const each = Math.ceil(groups / parts)
  // Folded in two, a dispatch is full lines of workgroups: one that ended within a line would run the first of the next one, too.
  const groupsEach = each > MAX_GROUPS ? Math.ceil(each / MAX_GROUPS) * MAX_GROUPS : each
  return { work, groupsEach, bases: Array.from({ length: Math.ceil(groups / groupsEach) }, (_, i) => i * groupsEach) }
}

/** How many dispatches ops are cut into for an adapter of this pace. */
export function countDispatches(ops: readonly CompiledOp[], rate: number): number {
  return ops.reduce((sum, op) => sum + cut(op, rate).bases.length, 0)
}

/** Where a tensor is now; undefined stands for one that is absent. */
export type PlaceOf = (node: Node | PackNode | undefined) => Place

/** Ops with their bind groups, ready to be submitted. */
export interface Recording {
  /** In the order of the ops. */
  readonly dispatches: readonly (readonly Dispatch[])[]
  /** Holds the sizes of every dispatch; the recording's own. */
  readonly uniforms: GPUBuffer
}

/**
 * Records ops for the buffers that their tensors have now.
 * @param rate of the adapter: how much work it does in a second
 * @param placeOf where a tensor is; undefined stands for an input that is absent
 * @throws DeviceError `out-of-memory`, `validation`; nothing stays allocated then
 */
export function record(device: Device, ops: readonly CompiledOp[], rate: number, placeOf: PlaceOf): Promise<Recording> {
  const cuts = ops.map((op) => cut(op, rate))
  const values = new DataView(new ArrayBuffer(UNIFORM_STRIDE * Math.max(1, countDispatches(ops, rate))))
  let offset = 0
  const bound = (node: Node | PackNode): GPUBindingResource => ({ ...placeOf(node), size: boundBytes(node) })

  const recordOp = ({ node, kernel, compiled }: CompiledOp, { bases, groupsEach, work }: Cut, uniforms: GPUBuffer): Dispatch[] => {
    const tensors = [
      ...node.inputs.map((i) => (i ? bound(i) : placeOf(undefined))),
      ...node.updates.map(bound),
      ...(node.op.output === null ? [] : [bound(node as OpNode)]),
    ]
    return bases.map((base) => {
      packSizes(kernel.wgsl, kernel.sizes, base, values, offset)
      const resources = [...tensors, { buffer: uniforms, offset, size: sizesBytes(kernel.wgsl) }]
      const entries = resources.map((resource, binding) => ({ binding, resource }))
      offset += UNIFORM_STRIDE
      const groups = Math.min(groupsEach, kernel.groups - base)
      return {
        compiled,
        bindGroup: device.gpu.createBindGroup({ label: node.name, layout: compiled.layout, entries }),
        groups: foldGroups(groups),
        work: (work * groups) / kernel.groups,
      }
    })
  }

  return device.allocate('plan', () => {
    const uniforms = device.createBuffer('sizes', values.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
    const dispatches = ops.map((op, i) => recordOp(op, cuts[i]!, uniforms))
    device.write(uniforms, 0, new Uint32Array(values.buffer))
    return { dispatches, uniforms }
  })
}
