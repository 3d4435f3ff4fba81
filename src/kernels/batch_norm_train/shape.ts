/** What the ops of a batch normalisation in training check alike. */
import { ShapeError } from '../../errors.ts'
import { formatShape, sameShape, type Shape } from '../../shape.ts'
import { lastAxis } from '../common.ts'

/** @throws ShapeError unless there are two values for each channel of `x` */
export function expectMoments(op: string, name: string, moments: Shape, x: Shape): void {
  if (sameShape(moments, [2, lastAxis(x)])) return
  throw new ShapeError(op, `${name} must have two values per channel of x, got ${name} ${formatShape(moments)} and x ${formatShape(x)}`)
}
