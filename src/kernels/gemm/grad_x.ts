/** The product by input of a convolution without barriers, for software adapters. */
import { ceilDiv } from '../../shape.ts'
import { NO_EPILOGUE, PLAIN_BINDINGS, type Epilogue } from '../epilogue.ts'
import type { Kernel } from '../kernel.ts'
import { Shader } from '../shader.ts'
import type { Geometry } from './geometry.ts'
import source from './grad_x.register.wgsl'
import { fixShort } from './short.ts'

const shader = new Shader(source)

/** What a shader is made with whose op has no inputs for what follows the sum. */
const PLAIN = {
  functions: { epilogue: 'fn epilogue(sum: VecY, at: u32, column: u32) -> VecY { return sum; }' },
  bindings: PLAIN_BINDINGS,
}

/** Pixels and vectors of channels of a thread, and threads side by side along the channels. */
const ROWS = 8
const LANES = 8

/** dx of dy and w, or what a transposed convolution makes of its input. @param epilogue undefined where the op has no inputs for one */
export function gradXKernel(g: Geometry, epilogue: Epilogue | undefined): Kernel {
  const { N, H, W, C, R, S, K, P, Q, Cg, Kg, strides, dilations, pads } = g
  const [gridH, gridW] = [ceilDiv(H, strides[0]), ceilDiv(W, strides[1])]
  const rows = Math.min(ROWS, gridW)
  const columns = Cg > 4 * LANES ? 2 : 1
  const tiles = ceilDiv(gridW, rows)
  const parts = C / Cg
  const blocksN = ceilDiv(Cg, 4 * LANES * columns)
  const groups = blocksN * tiles * gridH * parts * strides[0] * strides[1] * N
  const wgsl = shader.text({
    axes: { i: rows, j: columns, e: 4 },
    consts: { ROWS: rows, COLUMNS: columns, LANES },
    ...(epilogue ? { functions: epilogue.functions('VecY') } : PLAIN),
  })
  const sizes = {
    ...{ groups, tiles, parts, blocksN, gridH, gridW, P, Q, K, Kg, Cg, C, H, W, R, S, strideH: strides[0], strideW: strides[1] },
    ...{ dilationH: dilations[0], dilationW: dilations[1], padTop: pads[0], padLeft: pads[1], ...(epilogue ?? NO_EPILOGUE).sizes },
  }
  return fixShort({ wgsl, sizes, groups }, (R * S * Kg) / (strides[0] * strides[1]))
}
