/** Which kernel computes which op. */
import type { Caps } from '../caps.ts'
import { attrsText, earlyVariantOf, variantOf, type Cost, type Kernel, type KernelIO } from '../kernels/kernel.ts'
import type { Step } from './pack.ts'

/** Ops that are computed alike: of the same kind, shapes and attributes. Most ops of a network have others like them. */
export interface Alike {
  readonly nodes: readonly Step[]
  readonly kernel: Kernel
  readonly cost: Cost
  /** Chosen since it compiles early; there may be a cheaper one. */
  readonly early: boolean
}

/** What a plan begins with, and what it goes on with. */
export const CHOICES = ['early', 'cheapest'] as const

export type Choice = (typeof CHOICES)[number]

function ioOf({ inputs, shape, attrs, slice }: Step): KernelIO<object> {
  return { inputs: inputs.map((i) => i?.shape), output: shape, attrs, slice }
}

/** Equal keys, equal kernels. */
function keyOf({ op, attrs }: Step, { inputs, output, slice }: KernelIO<object>): string {
  const place = slice ? ` ${slice.begin} of ${slice.width}` : ''
  return `${op.name} ${inputs.map((s) => s && `[${s.join()}]`).join()} [${output.join()}]${place} ${attrsText(attrs)}`
}

/** The kernels of ops, those of the heaviest first: they take longest to compile. Each is made when it is its turn. */
export function* kernelsOf(ops: readonly Step[], caps: Caps, choice: Choice = 'early'): Iterable<Alike> {
  const kinds = new Map<string, { readonly nodes: Step[]; readonly io: KernelIO<object>; readonly cost: Cost }>()
  for (const node of ops) {
    const io = ioOf(node)
    const key = keyOf(node, io)
    const kind = kinds.get(key)
    if (kind) kind.nodes.push(node)
    else kinds.set(key, { nodes: [node], io, cost: node.op.cost(io) })
  }
  for (const { nodes, io, cost } of [...kinds.values()].sort((a, b) => b.cost.flops - a.cost.flops)) {
    const variant = (choice === 'early' ? earlyVariantOf : variantOf)(nodes[0]!.op, io, caps)
    yield { nodes, cost, early: choice === 'early' && variant.early !== undefined, kernel: variant.kernel(io, caps) }
  }
}
