/** Oracle of conv2d: the sum over the window, straight from the definition. */
import { window2d, type Padding, type Shape } from '../../src/shape.ts'
import { build, sumBound, type Reference } from './reference.ts'

interface Attrs {
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly groups: number
  readonly activation: 'linear' | 'relu'
}

interface Values {
  readonly shape: Shape
  readonly data: ArrayLike<number>
}

/** y = act(conv(x, w) + b + r) and how far f32 may be off: relu does not widen a distance, so the bound is the sum's. */
export function conv2dReference([x, w, b, r]: readonly (Values | undefined)[], attrs: Attrs): Reference {
  const [N, H, W, C] = x!.shape as [number, number, number, number]
  const [R, S, Cg, K] = w!.shape as [number, number, number, number]
  const {
    strides: [sh, sw],
    groups,
  } = attrs
  const {
    P,
    Q,
    pads: [top, left],
  } = window2d('reference', [H, W], [R, S], attrs.strides, attrs.padding)
  return build([N, P, Q, K], (i) => {
    const k = i % K
    const q = Math.floor(i / K) % Q
    const p = Math.floor(i / (K * Q)) % P
    const n = Math.floor(i / (K * Q * P))
    const firstChannel = Math.floor(k / (K / groups)) * Cg
    let sum = (b?.data[k] ?? 0) + (r?.data[i] ?? 0)
    let absSum = Math.abs(b?.data[k] ?? 0) + Math.abs(r?.data[i] ?? 0)
    for (let dr = 0; dr < R; dr++) {
      const h = p * sh + dr - top
      if (h < 0 || h >= H) continue
      for (let ds = 0; ds < S; ds++) {
        const v = q * sw + ds - left
        if (v < 0 || v >= W) continue
        for (let c = 0; c < Cg; c++) {
          const product = x!.data[((n * H + h) * W + v) * C + firstChannel + c]! * w!.data[((dr * S + ds) * Cg + c) * K + k]!
          sum += product
          absSum += Math.abs(product)
        }
      }
    }
    return [attrs.activation === 'relu' ? Math.max(sum, 0) : sum, sumBound(R * S * Cg + 3, absSum)]
  })
}
