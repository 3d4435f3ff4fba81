/** The gradient of maxPool. */
import { poolWindow, type PoolAttrs } from './common.ts'
import { defineGradient, type Builder, type Ref } from './kernel.ts'
import { maxPool } from './max_pool.ts'
import { fitsByte, maxPoolArgmax } from './max_pool_argmax.ts'
import { poolGrad } from './pool_grad.ts'

/** A window of more elements than a byte tells apart: the maximum of each of its rows, then that of those. The first of equal ones stays the first. */
function inTwo(x: Ref, { poolSize: [R, S], strides: [height, width], padding }: PoolAttrs): [rows: PoolAttrs, columns: PoolAttrs] {
  const { pads } = poolWindow('maxPool', x.shape, { poolSize: [R, S], strides: [height, width], padding })
  const [top, left, bottom, right] = pads
  return [
    { poolSize: [1, S], strides: [1, width], padding: [0, left, 0, right] },
    { poolSize: [R, 1], strides: [height, 1], padding: [top, 0, bottom, 0] },
  ]
}

function gradient(g: Builder, x: Ref, dy: Ref, attrs: PoolAttrs): Ref {
  const [R, S] = attrs.poolSize
  if (R === 1 || S === 1 || fitsByte(attrs)) {
    const [, height, width] = x.shape as readonly [number, number, number]
    return g.add(poolGrad, [dy, g.add(maxPoolArgmax, [x], attrs)], { ...attrs, height, width })
  }
  const [rows, columns] = inTwo(x, attrs)
  return gradient(g, x, gradient(g, g.add(maxPool, [x], rows), dy, columns), rows)
}

/** Reads x; where that should not live so long, `src/graph/maxima.ts` puts maxPoolAt in its place. */
export const maxPoolGradient = defineGradient(maxPool, ({ g, node, attrs, dy }) => [gradient(g, node.inputs[0]!, dy, attrs)])
