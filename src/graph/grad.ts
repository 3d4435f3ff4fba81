/**
 * Reverse-mode gradients as more graph. The walk is iterative, in reverse topological order, and touches only nodes on a path
 * from a wanted parameter to the loss, so a frozen trunk costs nothing and keeps nothing.
 * Contract: gradient kernels overwrite; several consumers of one node are summed here and nowhere else.
 */
import { ArgumentError } from '../errors.ts'
import { combine } from '../kernels/combine.ts'
import * as registry from '../kernels/gradients.ts'
import type { Gradient, Op } from '../kernels/kernel.ts'
import type { Graph, Node, OpNode } from './graph.ts'

type Rules = ReadonlyMap<Op, Gradient>

const rulesOf = (list: readonly object[]): Rules => new Map((list as Gradient[]).map((rule) => [rule.op, rule]))

const RULES = rulesOf(Object.values(registry))

/**
 * Appends the gradients of `loss` by each node of `wrt`.
 * @param dLoss gradient by the loss itself, same shape as `loss`.
 * @param own of ops that are not in the registry
 * @param cut gets the ops that have no slope by an input that depends on `wrt`: comparisons, places
 * @returns wanted node -> its gradient node, of the same shape; nodes that the loss does not depend on, or has no slope by, are absent.
 * @throws ArgumentError naming the op when one on the way has no rule.
 */
export function gradients(
  g: Graph,
  loss: Node,
  dLoss: Node,
  wrt: readonly Node[],
  { own = [], cut = [] }: { readonly own?: readonly Gradient[]; readonly cut?: OpNode[] } = {},
): Map<Node, Node> {
  const needed = dependents(g, wrt)
  const ownRules = rulesOf(own)
  const grads = new Map<number, Node>([[loss.id, dLoss]])
  const accumulate = (to: Node, dx: Node) => {
    const sum = grads.get(to.id)
    grads.set(to.id, sum ? g.add(combine, [sum, dx], { kind: 'add', activation: 'linear' }) : dx)
  }
  for (let id = loss.id; id >= 0; id--) {
    const node = g.nodes[id]!
    const dy = grads.get(id)
    if (!dy || !node.inputs.some((i) => i && needed.has(i.id))) continue
    g.scope = `${node.name} gradient`
    if (node.kind === 'view') accumulate(node.inputs[0], g.view(dy, node.inputs[0].shape))
    else if (node.kind === 'op') {
      const dxs = backward(g, node, dy, needed, ownRules)
      node.inputs.forEach((input, i) => {
        const dx = dxs[i]
        if (dx && input) accumulate(input, dx)
        else if (input && needed.has(input.id) && cut.at(-1) !== node) cut.push(node)
      })
    }
  }
  g.scope = ''
  const result = new Map<Node, Node>()
  for (const node of wrt) {
    const dw = grads.get(node.id)
    if (dw) result.set(node, dw)
  }
  return result
}

function backward(g: Graph, node: OpNode, dy: Node, needed: ReadonlySet<number>, own: Rules): (Node | undefined)[] {
  const needs = node.inputs.map((i) => i !== undefined && needed.has(i.id))
  const rule = own.get(node.op) ?? RULES.get(node.op)
  if (!rule) {
    throw new ArgumentError(node.name, `training needs a gradient of every op above a trainable weight, got ${node.op.name} without one`)
  }
  return rule.by({ g, node, attrs: node.attrs, dy, needs }) as (Node | undefined)[]
}

/** Ids of the nodes that depend on any of `roots`, the roots included. */
export function dependents(g: Graph, roots: readonly Node[]): Set<number> {
  const set = new Set(roots.map((n) => n.id))
  for (const n of g.nodes) if (n.inputs.some((i) => i && set.has(i.id))) set.add(n.id)
  return set
}
