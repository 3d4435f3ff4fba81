/** The product by weight of a convolution without barriers, for software adapters. */
import { ceilDiv } from '../../shape.ts'
import type { Kernel } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { whole, type Geometry } from './geometry.ts'
import source from './grad_w.register.wgsl'
import { fixShort } from './short.ts'

const shader = new Shader(source)

/** Channels and vectors of filters of a thread, at most, and threads side by side along the filters. */
const ROWS = 8
const COLUMNS = 2
const LANES = 8

/** dw of x and dy. */
export function gradWKernel(g: Geometry): Kernel {
  const { N, H, W, C, R, S, K, P, Q, Cg, Kg, strides, dilations, pads, begin } = g
  const v = whole(Kg) ? 4 : 1
  const [KV, KgV] = [K / v, Kg / v]
  const rows = Math.min(ROWS, Cg)
  const columns = Math.min(COLUMNS, ceilDiv(KgV, LANES))
  const tiles = ceilDiv(Cg, rows)
  const blocksN = ceilDiv(KgV, LANES * columns)
  const lines = tiles * R * S * (K / Kg)
  const groups = blocksN * lines
  const wgsl = shader.text({
    axes: { i: rows, j: columns },
    scalars: v === 4 ? [] : ['Vec'],
    consts: { ROWS: rows, COLUMNS: columns, LANES },
  })
  const sizes = {
    ...{ groups, N, H, W, C, begin, Cg, tiles, R, S, P, Q, KV, KgV, lines, strideH: strides[0], strideW: strides[1] },
    ...{ dilationH: dilations[0], dilationW: dilations[1], padTop: pads[0], padLeft: pads[1] },
  }
  return fixShort({ wgsl, sizes, groups }, N * P * Q)
}
