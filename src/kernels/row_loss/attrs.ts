/** What rowLoss and its gradient are told. */
import { ArgumentError } from '../../errors.ts'

export interface RowLossAttrs {
  /**
   * categorical: -sum of (1 - o)^gamma * log o for the targets, times alpha, of probabilities o, the row over its sum, clipped as Keras does it;
   * cosine: minus the cosine of the angle between y and t;
   * hinge: what the largest y of another class lacks to be 1 below that of the target, from 0.
   */
  readonly kind: 'categorical' | 'cosine' | 'hinge'
  /** Of `categorical`: 1 and 0 are cross-entropy, others focal. */
  readonly alpha: number
  readonly gamma: number
  /** Targets t become (1 - labelSmoothing) * t + labelSmoothing / K. */
  readonly labelSmoothing: number
}

const KINDS: readonly RowLossAttrs['kind'][] = ['categorical', 'cosine', 'hinge']

/** @throws ArgumentError */
export function checkRowLoss(op: string, { kind, alpha, gamma, labelSmoothing }: RowLossAttrs): void {
  if (!KINDS.includes(kind)) throw new ArgumentError(op, `kind must be one of ${KINDS.join(', ')}, got ${String(kind)}`)
  if ([alpha, gamma, labelSmoothing].every((n) => Number.isFinite(Math.fround(n)))) return
  throw new ArgumentError(op, `numbers must be finite in f32, got ${alpha}, ${gamma}, ${labelSmoothing}`)
}

/** Constants of the shaders. */
export const kindOf = ({ kind }: RowLossAttrs) => ({ KIND: KINDS.indexOf(kind) })

/** Sizes of the shaders, for rows of K. */
export function rowLossSizes({ alpha, gamma, labelSmoothing }: RowLossAttrs, [N, K]: readonly number[]): Record<string, number> {
  return { N: N!, K: K!, alpha, gamma, a: 1 - labelSmoothing, b: labelSmoothing / K! }
}
