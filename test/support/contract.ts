/** The kernel contract of one shader, as src/kernels/kernel.ts has it. What is wrong is said with what would be right. */
import { ResourceType, WgslReflect } from 'wgsl_reflect'
import { updatesOf, type KernelIO, type Op } from '../../src/kernels/kernel.ts'

const MAX_INVOCATIONS = 256

/** Value of a product of numbers and u32 constants, such as `64`, `LANES` or `GX * GY`. */
function valueOf(product: string, source: string): number {
  return product.split('*').reduce((value, factor) => {
    const named = new RegExp(`const ${factor.trim()}\\s*:\\s*u32\\s*=([^;]+);`).exec(source)
    return value * (named ? valueOf(named[1]!, source) : parseInt(factor))
  }, 1)
}

/** @throws Error unless the shader binds what the op declares, and has one entry point, a workgroup that every adapter can run, and its number */
export function checkContract<A extends object>(op: Op<A>, attrs: A, source: string): void {
  const must = (holds: boolean, rule: string, got: string) => {
    if (!holds) throw new Error(`[${op.name}] ${rule}, got ${got}`)
  }
  const reflected = new WgslReflect(source)
  const groups = reflected.getBindGroups()
  must(groups.length === 1, 'the shader must bind group 0 and no other', `${groups.length} groups`)
  const bound = groups[0]!.map((b) => [b.name, b.resourceType === ResourceType.Uniform ? 'uniform' : b.access] as const)
  const declared = [
    ...op.inputs.map((input) => [input.replace('?', ''), 'read'] as const),
    ...[...updatesOf(op, attrs), ...(op.output === null ? [] : [op.output])].map((output) => [output, 'read_write'] as const),
    ['sizes', 'uniform'] as const,
  ]
  // The products' shaders serve several ops, and call what is bound by its place in the product.
  const shared = bound[0]![0] === 'a'
  const listed = (bindings: (readonly [name: string, access: string])[]) =>
    bindings.map(([name, access]) => (shared ? access : `${name} (${access})`)).join(', ')
  must(listed(bound) === listed(declared), `the shader must bind what the op declares: ${listed(declared)}`, listed(bound))

  const number = 'wid.y * 65535u + wid.x + sizes.base'
  const unfolds = !source.includes('workgroup_id') || source.includes(number)
  must(unfolds, `a shader that reads workgroup_id must make its number of it, ${number}`, 'another expression')

  const entries = reflected.entry.compute.map((e) => e.name).join(', ')
  must(entries === 'main', 'the shader must have one entry point, main', entries || 'none')
  const size = /@workgroup_size\(([^)]*)\)/.exec(source)![1]!.split(',')
  must(size.length === 3, 'the workgroup must be given in three numbers, such as 64, 1, 1', size.join(','))
  const invocations = size.reduce((product, s) => product * valueOf(s, source), 1)
  must(invocations > 0 && invocations <= MAX_INVOCATIONS, `a workgroup must have 1 to ${MAX_INVOCATIONS} invocations`, `${invocations}`)
}

/** @throws Error unless the op counts its work, and in whole workgroups */
export function checkCounts<A extends object>(op: Op<A>, io: KernelIO<A>, groups: number): void {
  const { flops, bytes } = op.cost(io)
  if (!(flops >= 0 && bytes > 0)) throw new Error(`[${op.name}] cost must give flops from 0 and bytes above 0, got ${flops} and ${bytes}`)
  if (!(Number.isInteger(groups) && groups > 0)) throw new Error(`[${op.name}] groups must be a positive whole number, got ${groups}`)
}
