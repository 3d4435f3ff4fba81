/**
 * The graph: nodes with static shapes, appended in topological order. Inputs, parameters, ops and views (a reshape without a
 * copy). Backward passes and optimizer steps are more nodes of the same kind.
 */
import type { DType } from '../dtype.ts'
import { ArgumentError, ShapeError } from '../errors.ts'
import { updatesOf, type Builder, type Op, type Ref, type Slice } from '../kernels/kernel.ts'
import { formatShape, sameShape, sizeOf, type Shape } from '../shape.ts'
import type { Parameter, Rows } from '../parameter.ts'

interface NodeBase extends Ref {
  /** Position in the graph; inputs always have smaller ids. */
  readonly id: number
  /** The layer or purpose it serves, for labels and messages. */
  readonly name: string
  readonly dtype: DType
  readonly shape: Shape
  readonly inputs: readonly (Node | undefined)[]
}

export interface InputNode extends NodeBase {
  readonly kind: 'input'
}

export interface ParameterNode extends NodeBase {
  readonly kind: 'parameter'
  readonly parameter: Parameter
  /** The rows that this node stands for, where a large tensor is split over bindings. */
  readonly rows: Rows | undefined
}

export interface OpNode<A extends object = object> extends NodeBase {
  readonly kind: 'op'
  readonly op: Op
  readonly attrs: A
  /** State that the op reads and writes in place. */
  readonly updates: readonly ParameterNode[]
  /** Where in the tensor of a join it writes. Undefined: into a tensor of its own. */
  readonly slice: Slice | undefined
}

/** The same elements under another shape. */
export interface ViewNode extends NodeBase {
  readonly kind: 'view'
  readonly inputs: readonly [Node]
}

/** Slices of one tensor side by side, each written by the op that computes it: a concat without a copy. */
export interface JoinNode extends NodeBase {
  readonly kind: 'join'
  readonly inputs: readonly OpNode[]
}

/** A tensor of a graph: an input, a parameter, or what an op gives. See {@link ops}. */
export type Node = InputNode | ParameterNode | OpNode | ViewNode | JoinNode

/** Ops and what flows between them, in an order in which they can be computed. See {@link ops}. */
export class Graph implements Builder {
  /** In an order in which they can be computed. */
  readonly nodes: Node[] = []
  /** What a plan can be asked to read back, by name. */
  readonly outputs = new Map<string, Node>()
  /** Nodes run for what they update. */
  readonly effects: OpNode[] = []
  /** Name given to nodes added from here on; layers set it to their own. */
  scope = ''
  readonly #parameters = new Map<Parameter, ParameterNode>()

  /** Appends an input, which a plan is given values for by its name. */
  input(name: string, shape: Shape, dtype: DType = 'f32'): InputNode {
    return this.#push({ kind: 'input', id: this.nodes.length, name, dtype, shape, inputs: [] })
  }

  /** The node of a parameter; the same one however often it is asked for. */
  parameter(parameter: Parameter): ParameterNode {
    const known = this.#parameters.get(parameter)
    if (known) return known
    const node = this.#pushParameter(parameter, undefined)
    this.#parameters.set(parameter, node)
    return node
  }

  /** A row range of a parameter, bound by itself. */
  parameterRows(parameter: Parameter, rows: Rows): ParameterNode {
    return this.#pushParameter(parameter, rows)
  }

  /**
   * Appends an op.
   * @param slice where in the tensor of a join it writes. Default: a tensor of its own
   * @throws ShapeError when the op refuses the inputs' shapes.
   */
  add<A extends object>(op: Op<A>, inputs: readonly (Ref | undefined)[], attrs: A, slice?: Slice): OpNode {
    return this.#addOp(op, inputs, attrs, [], slice)
  }

  /** What ops that write slices side by side have written. */
  join(slices: readonly OpNode[], shape: Shape): JoinNode {
    return this.#push({ kind: 'join', id: this.nodes.length, name: this.scope, dtype: slices[0]!.dtype, shape, inputs: slices })
  }

  /** Appends an op of another graph as it is. @param inputs of the same shapes and types as its own */
  copy(node: OpNode, inputs: readonly (Node | undefined)[]): OpNode {
    const updates = node.updates.map((u) => this.#state(u.parameter, u.rows))
    const made = this.#pushOp(node, inputs, updates)
    if (updates.length) this.effects.push(made)
    return made
  }

  /**
   * Appends an op that changes state in place, and keeps it although nothing reads it.
   * @param rows the rows of the state that it changes. Default: all
   */
  update<A extends object>(op: Op<A>, inputs: readonly Node[], state: readonly Parameter[], attrs: A, rows?: Rows): OpNode {
    const node = this.#addOp(
      op,
      inputs,
      attrs,
      state.map((p) => this.#state(p, rows)),
    )
    this.effects.push(node)
    return node
  }

  /** @throws ShapeError when the sizes differ. */
  view(x: Node, shape: Shape): Node {
    if (sameShape(x.shape, shape)) return x
    if (x.kind === 'view') return this.view(x.inputs[0], shape) // of what it is a view of
    if (sizeOf(x.shape) !== sizeOf(shape)) {
      throw new ShapeError(
        this.scope || 'view',
        `a view must keep the number of elements, got ${formatShape(x.shape)} and ${formatShape(shape)}`,
      )
    }
    return this.#push({ kind: 'view', id: this.nodes.length, name: this.scope, dtype: x.dtype, shape, inputs: [x] })
  }

  /** The same nodes with other outputs and no effects; to be rewritten, not to be added to. */
  select(outputs: ReadonlyMap<string, Node>): Graph {
    const g = new Graph()
    g.nodes.push(...this.nodes)
    for (const [name, node] of outputs) g.outputs.set(name, node)
    return g
  }

  #addOp<A extends object>(
    op: Op<A>,
    inputs: readonly (Ref | undefined)[],
    attrs: A,
    updates: readonly ParameterNode[],
    slice?: Slice,
  ): OpNode {
    const nodes = op.inputs.map((_, i) => inputs[i] as Node | undefined)
    const shape = op.shape(
      nodes.map((n) => n?.shape),
      attrs,
    )
    const dtypes = op.dtypes?.(attrs)
    const name = this.scope || op.name
    checkTypes(name, op.inputs, nodes, dtypes)
    checkTypes(name, updatesOf(op, attrs), updates, dtypes)
    const dtype = dtypes?.[op.output ?? ''] ?? 'f32'
    // The plan treats all ops alike; the attrs were checked against this op's own type right here.
    return this.#pushOp({ name, dtype, shape, op, attrs, slice }, nodes, updates)
  }

  #state(parameter: Parameter, rows: Rows | undefined): ParameterNode {
    return rows ? this.parameterRows(parameter, rows) : this.parameter(parameter)
  }

  #pushParameter(parameter: Parameter, rows: Rows | undefined): ParameterNode {
    const shape = rows ? [rows[1] - rows[0], ...parameter.shape.slice(1)] : parameter.shape
    const { path: name, dtype } = parameter
    return this.#push({ kind: 'parameter', id: this.nodes.length, name, dtype, shape, inputs: [], parameter, rows })
  }

  /** Without spreading, which takes longer than all else here. */
  #pushOp(
    { name, dtype, shape, op, attrs, slice }: Pick<OpNode, 'name' | 'dtype' | 'shape' | 'op' | 'attrs' | 'slice'>,
    inputs: readonly (Node | undefined)[],
    updates: readonly ParameterNode[],
  ): OpNode {
    return this.#push({ kind: 'op', id: this.nodes.length, name, dtype, shape, inputs, op, attrs, updates, slice })
  }

  #push<N extends Node>(node: N): N {
    this.nodes.push(node)
    return node
  }
}

/** Whether a node is one of this op. */
export function isOp<A extends object>(n: Node | undefined, op: Op<A>): n is OpNode<A> {
  return n?.kind === 'op' && n.op === op
}

/**
 * As `isOp`, by the op's name and its type: for rules about ops whose code shall not be loaded for that.
 * @typeParam O the op's type, `typeof softmax`
 */
export function isOpNamed<O extends { readonly name: string }>(
  n: Node | undefined,
  name: string,
): n is OpNode<O extends Op<infer A extends object> ? A : never> {
  return n?.kind === 'op' && n.op.name === name
}

/** @throws ArgumentError unless every tensor has the type that the op wants of it */
function checkTypes(
  op: string,
  bindings: readonly string[],
  nodes: readonly (Node | undefined)[],
  dtypes: Readonly<Record<string, DType>> | undefined,
): void {
  const nameOf = (i: number) => bindings[i]!.replace('?', '') // `b?` is bound as `b`
  nodes.forEach((node, i) => {
    const wanted = dtypes?.[nameOf(i)] ?? 'f32'
    if (node && node.dtype !== wanted)
      throw new ArgumentError(op, `${nameOf(i)} must be of type ${wanted}, got ${node.name} of type ${node.dtype}`)
  })
}

/** The storage behind a node: itself, or what a view looks at. */
export function storageOf(node: Node): Node {
  let n = node
  while (n.kind === 'view') n = n.inputs[0]
  return n
}

/** Parameters that its effects change. */
export function updatedBy({ effects }: Pick<Graph, 'effects'>): ReadonlySet<Parameter> {
  return new Set(effects.flatMap((n) => n.updates.map((u) => u.parameter)))
}

/** Ids of the nodes that outputs and effects need. */
export function reachable(graph: Graph): Set<number> {
  return new Set(readers(graph).keys())
}

/** How many nodes read each node that outputs and effects need; being an output counts as one more. By id. */
export function readers(graph: Graph): Map<number, number> {
  const counts = new Map<number, number>()
  const stack: Node[] = []
  const visit = (n: Node, times: number) => {
    const known = counts.get(n.id)
    counts.set(n.id, (known ?? 0) + times)
    if (known === undefined) stack.push(n)
  }
  for (const n of graph.outputs.values()) visit(n, 1)
  for (const n of graph.effects) visit(n, 0)
  for (let n = stack.pop(); n; n = stack.pop()) {
    for (const i of n.inputs) if (i) visit(i, 1)
    if (n.kind === 'op') for (const u of n.updates) visit(u, 0)
  }
  return counts
}

/** Ids of the nodes that are made of fixed parameters alone. @param fixed whether a parameter is. Default: all are */
export function constants(graph: Graph, fixed: (parameter: Parameter) => boolean = () => true): Set<number> {
  const set = new Set<number>()
  for (const n of graph.nodes) {
    if (n.kind === 'parameter' ? fixed(n.parameter) : n.kind !== 'input' && n.inputs.every((i) => !i || set.has(i.id))) set.add(n.id)
  }
  return set
}

/** What a rule works with. */
export interface Rewriting {
  /** The graph that is being made. */
  readonly g: Graph
  /** The new node of an old one. */
  readonly to: (n: Node) => Node
  /** How many nodes of the old graph read one of it; being an output counts as one more. */
  readonly readers: (n: Node) => number
}

/** What takes the place of any node but a parameter: one of its shape and type. Undefined where the rule is not about it. */
export type Rule = (node: Exclude<Node, ParameterNode>, c: Rewriting) => Node | undefined

/**
 * Builds a new graph node by node. The first rule that is about a node makes the new one; where there is none it is copied as it is. Nodes
 * that neither outputs nor effects need are dropped. Outputs and effects are carried over.
 */
export function rewrite(graph: Graph, ...rules: readonly Rule[]): Graph {
  const g = new Graph()
  const counts = readers(graph)
  const map = new Map<number, Node>()
  const to = (n: Node): Node => map.get(n.id)!
  const c = { g, to, readers: (n: Node) => counts.get(n.id)! }
  for (const n of graph.nodes) {
    if (!counts.has(n.id)) continue
    g.scope = n.name
    const made = n.kind === 'parameter' ? undefined : byRules(rules, n, c)
    map.set(n.id, made ?? copy(n, c))
  }
  for (const [name, n] of graph.outputs) g.outputs.set(name, to(n))
  g.scope = ''
  return g
}

function byRules(rules: readonly Rule[], n: Exclude<Node, ParameterNode>, c: Rewriting): Node | undefined {
  for (const rule of rules) {
    const made = rule(n, c)
    if (made) return made
  }
  return undefined
}

function copy(n: Node, { g, to }: Rewriting): Node {
  if (n.kind === 'input') return g.input(n.name, n.shape, n.dtype)
  if (n.kind === 'view') return g.view(to(n.inputs[0]), n.shape)
  if (n.kind === 'join') return g.join(n.inputs.map(to) as OpNode[], n.shape)
  if (n.kind === 'op') {
    const inputs = n.inputs.map((i) => i && to(i))
    return g.copy(n, inputs)
  }
  return n.rows ? g.parameterRows(n.parameter, n.rows) : g.parameter(n.parameter)
}
