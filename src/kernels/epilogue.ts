/** What may follow the sum of a convolution or product, in its own shader: y = act(sum * s + b + r). */
import { ShapeError } from '../errors.ts'
import { formatShape, sameShape, type Shape } from '../shape.ts'
import { activateText, type ActivationFunction } from './activation/functions.ts'
import type { Sizes } from './kernel.ts'
import type { ShaderOptions } from './shader.ts'

export interface EpilogueAttrs {
  /** Applied last. */
  readonly activation: ActivationFunction
}

export interface Epilogue {
  /** Which of the optional inputs are there, and whether relu follows: 0 or 1 each. */
  readonly sizes: Sizes
  /** What takes the place of the shader's `activate`, by its alias of what it computes with: nothing for linear and relu, which it has. */
  functions(alias: string): NonNullable<ShaderOptions['functions']>
}

/**
 * @param unit what has one bias: a filter, a unit
 * @param w shape of the weights, whose last axis is y's
 * @throws ShapeError unless bias [K], residual (y's shape) and scale [K] fit
 */
export function checkEpilogue(op: string, unit: string, w: Shape, y: Shape, [b, r, s]: readonly (Shape | undefined)[]): void {
  const K = [y.at(-1)!]
  if (b && !sameShape(b, K))
    throw new ShapeError(op, `bias must have one value per ${unit}, got b ${formatShape(b)} and w ${formatShape(w)}`)
  if (r && !sameShape(r, y))
    throw new ShapeError(op, `residual must have the output's shape, got r ${formatShape(r)} and y ${formatShape(y)}`)
  if (s && !sameShape(s, K))
    throw new ShapeError(op, `scale must have one value per ${unit}, got s ${formatShape(s)} and w ${formatShape(w)}`)
}

/** @param inputs bias, residual and scale, undefined where absent */
export function epilogueOf([b, r, s]: readonly (Shape | undefined)[], { activation }: EpilogueAttrs): Epilogue {
  const flag = (on: boolean) => (on ? 1 : 0)
  const own = activation === 'linear' || activation === 'relu'
  return {
    functions: (alias): Record<string, string> => (own ? {} : { activate: activateText(activation, alias) }),
    sizes: {
      scaled: flag(s !== undefined),
      biased: flag(b !== undefined),
      added: flag(r !== undefined),
      relu: flag(activation === 'relu'),
    },
  }
}

/** Nothing follows. */
export const NO_EPILOGUE: Epilogue = epilogueOf([], { activation: 'linear' })

/** What a shader of a product binds whose op has no inputs for an epilogue. */
export const PLAIN_BINDINGS: readonly string[] = ['a', 'b', 'y', 'sizes']
