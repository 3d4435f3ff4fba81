/** What rowLoss and its gradient are told, and the kernel that they share. */
import { ArgumentError } from '../../errors.ts'
import type { Kernel } from '../kernel.ts'
import { Shader } from '../shader.ts'
import source from './row_loss.wgsl'

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

const shader = new Shader(source)

/** The kernel of the loss of N rows of K, or of its gradient: a workgroup a row. */
export function rowLossKernel(attrs: RowLossAttrs, [N, K]: readonly number[], grad: boolean): Kernel {
  const { kind, alpha, gamma, labelSmoothing } = attrs
  return {
    wgsl: shader.text({
      consts: { KIND: KINDS.indexOf(kind), GRAD: grad },
      axes: { v: grad ? 0 : 1, d: grad ? 1 : 0 },
      bindings: ['y', 't', ...(grad ? ['dy', 'dx'] : ['loss']), 'sizes'],
    }),
    sizes: { N: N!, K: K!, alpha, gamma, a: 1 - labelSmoothing, b: labelSmoothing / K! },
    groups: N!,
  }
}
