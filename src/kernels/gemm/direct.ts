/** The forward product of a convolution, a thread for each vector of y, for GPUs: what a plan begins with, and what runs where blocks do not. */
import type { Caps } from '../../caps.ts'
import { ceilDiv } from '../../shape.ts'
import type { Epilogue } from '../epilogue.ts'
import { sliceOf, type Kernel } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { multiplyAdds, whole, type Geometry } from './geometry.ts'
import { CONCURRENT, hasBlocks, SOFTWARE_FACTOR } from './tiled.ts'
import source from './direct.wgsl'

const shader = new Shader(source)

/** Threads of a workgroup. */
const THREADS = 64

/** What a multiply-add costs in those of a block, by estimate: four of them wait for 16 bytes of weights and 4 of x from the cache. */
const FACTOR = 8

/**
 * Estimated time, in units of `tiledTime`. Where pixels are whole vectors and there are blocks, these are as short a text and faster: Infinity,
 * for there is nothing to gain.
 */
export function directTime(g: Geometry, caps: Caps): number {
  if (whole(g.C, g.Cg, g.begin) && hasBlocks(g)) return Infinity
  return ((multiplyAdds(g) * FACTOR) / CONCURRENT) * (caps.software ? SOFTWARE_FACTOR : 1)
}

/** The kernel of the forward product. */
export function directKernel(g: Geometry, epilogue: Epilogue): Kernel {
  const { N, H, W, C, R, S, P, Q, Cg, K, Kg, strides, dilations, pads, begin, slice } = g
  const v = whole(Kg) ? 4 : 1
  const y = sliceOf({ output: [K], slice })
  const count = (N * P * Q * K) / v
  const groups = ceilDiv(count, THREADS)
  return {
    wgsl: shader.text({
      scalars: v === 4 ? [] : ['Vec'],
      consts: { THREADS },
      functions: epilogue.functions('Vec'),
    }),
    sizes: {
      ...{ groups, count, H, W, C, R, S, P, Q, Cg, KV: K / v, KgV: Kg / v, strideH: strides[0], strideW: strides[1], begin },
      ...{ dilationH: dilations[0], dilationW: dilations[1], padTop: pads[0], padLeft: pads[1] },
      ...{ yRow: y.width / v, yBegin: y.begin / v, ...epilogue.sizes },
    },
    groups,
  }
}
