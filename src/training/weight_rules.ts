/** What regularizers add to a loss graph, and what constraints do after a step. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { constrain } from '../kernels/constrain.ts'
import { penalty } from '../kernels/penalty/penalty.ts'
import { rescale } from '../kernels/rescale.ts'
import { vectorSquares } from '../kernels/vector_squares.ts'
import type { Layer } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import { weightedLayers } from '../layers/weighted_layers.ts'
import { axesOf, type Regularizer, type WeightRule } from '../layers/weight_rules.ts'
import type { Parameter } from '../parameter.ts'
import { bySample, meanBySample } from './losses/loss.ts'
import type { Trained } from './optimizers/optimizer.ts'

/** The rules of all weights, each once. */
function rulesOf(network: Network): Map<Parameter, WeightRule & { readonly layer: Layer }> {
  return new Map(weightedLayers(network).flatMap(({ layer }) => [...layer.rules].map(([p, rule]) => [p, { ...rule, layer }] as const)))
}

/** Appends the penalty of each row. @throws ArgumentError for one that is only known by name */
function penaltyOf(g: Graph, layer: Layer, { l1, l2, foreign }: Regularizer, rows: Node): Node {
  if (foreign === undefined) return g.add(penalty, [rows], { l1, l2 })
  throw new ArgumentError(layer.name, `a regularizer must be L1, L2 or L1L2 to be part of the loss, got ${JSON.stringify(foreign)}`)
}

/** Appends what regularizers of trainable weights add to the loss: [1] each, as in Keras. */
export function weightPenalties(g: Graph, network: Network): Node[] {
  const found: Node[] = []
  for (const [p, { layer, regularizer }] of rulesOf(network)) {
    if (!regularizer || !p.trainable) continue
    g.scope = `${p.path} regularizer`
    const w = g.parameter(p)
    // By rows of the last axis: one sum of all would be one workgroup's work.
    const rows = p.shape.length > 1 ? p.shape.slice(0, -1).reduce((n, d) => n * d, 1) : 1
    const mean = meanBySample(g, penaltyOf(g, layer, regularizer, bySample(g, w, rows)), 1)
    found.push(rows === 1 ? mean : g.add(rescale, [mean], { scale: rows, offset: 0 }))
  }
  g.scope = ''
  return found
}

/** Appends what activity regularizers add to the loss of each sample: [N] each. @param given their layers, and what these give */
export function activityPenalties(g: Graph, given: readonly (readonly [Layer, Node])[]): Node[] {
  const found = given.map(([layer, y]) => {
    g.scope = `${layer.name} activity regularizer`
    return penaltyOf(g, layer, layer.activityRegularizer!, bySample(g, y, y.shape[0]!))
  })
  g.scope = ''
  return found
}

/** Appends the constraints of the weights that a step has changed. @throws ArgumentError for one that is only known by name, or does not fit */
export function applyConstraints(g: Graph, network: Network, trained: readonly Trained[]): void {
  const rules = rulesOf(network)
  for (const { weight } of trained) {
    const { parameter } = weight
    const { constraint, layer } = rules.get(parameter) ?? {}
    if (!constraint || !layer) continue
    if (constraint.foreign !== undefined)
      throw new ArgumentError(
        layer.name,
        `a constraint must be one of Keras's to be trained with, got ${JSON.stringify(constraint.foreign)}`,
      )
    g.scope = `${parameter.path} constraint`
    const { bounds } = constraint
    const axes = axesOf(layer.name, parameter.shape, constraint)
    // The weight as the step leaves it: what reads it here runs behind the update before.
    const squares = bounds === 'positive' ? [] : [g.add(vectorSquares, [weight], { axes })]
    g.update(constrain, squares, [parameter], { axes, bounds })
  }
  g.scope = ''
}
