/** The way of a gradient back through what an epilogue ended with. */
import { ArgumentError } from '../errors.ts'
import { slopeFromOutput } from './activation/functions.ts'
import { activationGrad } from './activation/grad.ts'
import type { EpilogueAttrs } from './epilogue.ts'
import type { GradContext, Ref } from './kernel.ts'

/**
 * The gradient by what the activation of an op with an epilogue was applied to.
 * @throws ArgumentError for a function whose slope its output does not tell: it is fused after gradients only
 */
export function throughActivation({ g, node, attrs: { activation }, dy }: GradContext<EpilogueAttrs>): Ref {
  if (activation === 'linear') return dy
  if (slopeFromOutput(activation)) return g.add(activationGrad, [node, dy], { activation })
  const name = typeof activation === 'string' ? activation : activation.kind
  throw new ArgumentError(
    'activation',
    `a fused activation must tell its slope by its output, got ${name} (differentiate first, fuse then)`,
  )
}
