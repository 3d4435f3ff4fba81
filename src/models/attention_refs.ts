/** How attention is called, which takes tensors by name and says in its call what it leaves out. */
import { isRecord } from '../described.ts'
import { callOptions, isTriple, ref, refuse, tensorRef, type CallRefs, type TensorRef } from './node_refs.ts'

/** Layers that are called so. */
export const isAttention = (className: string): boolean => ['MultiHeadAttention', 'Attention', 'AdditiveAttention'].includes(className)

const NAMES = ['query', 'value', 'key'] as const

/** Arguments of the call that are tensors, by their names, of the first ones in order. */
type Tensors = Partial<Record<(typeof NAMES)[number], TensorRef>>

/** The tensors of one call, its other arguments. */
function callOf(node: unknown): { tensors: Tensors; others: Record<string, unknown> } {
  const [kwargs, given] =
    isRecord(node) && Array.isArray(node['args']) ? [node['kwargs'], (node['args'] as unknown[]).flat()] : ofKeras2(node) // in a list, or not
  const all = { ...Object.fromEntries(given.map((value, i) => [NAMES[i] ?? String(i), value])), ...(isRecord(kwargs) ? kwargs : {}) }
  const read = (value: unknown) => tensorRef(value) ?? (isTriple(value) ? ref(value) : undefined)
  const tensors = Object.fromEntries(NAMES.flatMap((name) => (read(all[name]) ? [[name, read(all[name])]] : []))) as Tensors
  return { tensors, others: Object.fromEntries(Object.entries(all).filter(([name]) => !(name in tensors))) }
}

/** `[query, node, tensor, {value: [...]}]`, in a list. */
function ofKeras2(node: unknown): [kwargs: unknown, args: unknown[]] {
  const list: unknown[] = isTriple(node) ? [node] : Array.isArray(node) ? node : []
  return [isTriple(list[0]) ? list[0][3] : undefined, list]
}

/**
 * Every application of an attention: query, value and key, where that is given.
 * @throws FileError for masks and other arguments, and for applications that leave out different things
 */
export function attentionCalls(layer: string, nodes: unknown): readonly CallRefs[] {
  const calls = (Array.isArray(nodes) ? (nodes as unknown[]) : []).map((node): CallRefs => {
    const { tensors, others } = callOf(node)
    const { use_causal_mask: causal, return_attention_scores: scores, ...rest } = others
    const [query, value, key] = NAMES.map((name) => tensors[name])
    if (!query || !value) throw refuse(layer, 'an attention must be called with a query and a value', node)
    if (scores === true) throw refuse(layer, 'an attention must be called for its output alone', { return_attention_scores: scores })
    const options = callOptions(layer, rest, [false, true])
    return { inputs: key ? [query, value, key] : [query, value], options, causal: causal === true }
  })
  const other = calls.find((c) => c.causal !== calls[0]!.causal)
  if (other) throw refuse(layer, 'an attention must be called with one use_causal_mask', [true, false])
  return calls
}
