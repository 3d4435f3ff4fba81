/** Oracle of conv2d: the sum over the window, straight from the definition. */
import { build, sumBound, type Reference } from './reference.ts'
import type { Inputs } from './values.ts'
import { slide, unslide, type Padding } from './window.ts'

interface Attrs {
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly groups: number
  readonly activation: 'linear' | 'relu'
}

/** y = act(conv(x, w) + b + r) and how far f32 may be off: relu does not widen a distance, so the bound is the sum's. */
export function conv2dReference([x, w, b, r]: Inputs, attrs: Attrs): Reference {
  const [N, H, W, C] = x!.shape as [number, number, number, number]
  const [R, S, Cg, K] = w!.shape as [number, number, number, number]
  const {
    strides: [sh, sw],
    groups,
  } = attrs
  const { out: P, first: top } = slide(H, R, sh, attrs.padding, 0)
  const { out: Q, first: left } = slide(W, S, sw, attrs.padding, 1)
  return build([N, P, Q, K], (i) => {
    const k = i % K
    const q = Math.floor(i / K) % Q
    const p = Math.floor(i / (K * Q)) % P
    const n = Math.floor(i / (K * Q * P))
    const firstChannel = Math.floor(k / (K / groups)) * Cg
    let sum = (b?.data[k] ?? 0) + (r?.data[i] ?? 0)
    let absSum = Math.abs(b?.data[k] ?? 0) + Math.abs(r?.data[i] ?? 0)
    for (let dr = 0; dr < R; dr++) {
      const h = top + p * sh + dr
      if (h < 0 || h >= H) continue
      for (let ds = 0; ds < S; ds++) {
        const v = left + q * sw + ds
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

/** A depthwise convolution is one with as many groups as channels; w [R,S,K] has one input channel a group. */
export function depthwiseConv2dReference([x, w, b, r]: Inputs, attrs: Omit<Attrs, 'groups'>): Reference {
  const [R, S, K] = w!.shape as [number, number, number]
  return conv2dReference([x, { shape: [R, S, 1, K], data: w!.data }, b, r], { ...attrs, groups: x!.shape[3]! })
}

interface TransposeAttrs {
  readonly strides: readonly [number, number]
  readonly padding: 'same' | 'valid'
  readonly outputPadding: readonly [number, number] | undefined
}

/** Scatters every input pixel times its filter, as the definition has it. */
export function conv2dTransposeReference([x, w, b]: Inputs, { strides, padding, outputPadding }: TransposeAttrs): Reference {
  const [N, H, W, C] = x!.shape as [number, number, number, number]
  const [R, S, K] = w!.shape as [number, number, number]
  const { out: P, cut: top } = unslide(H, R, strides[0], padding, outputPadding?.[0] ?? null)
  const { out: Q, cut: left } = unslide(W, S, strides[1], padding, outputPadding?.[1] ?? null)
  const sums = new Float64Array(N * P * Q * K)
  const absSums = new Float64Array(N * P * Q * K)
  for (let i = 0; i < N * H * W * C; i++) {
    const c = i % C
    const v = Math.floor(i / C) % W
    const h = Math.floor(i / (C * W)) % H
    const n = Math.floor(i / (C * W * H))
    for (let tap = 0; tap < R * S * K; tap++) {
      const k = tap % K
      const q = v * strides[1] + (Math.floor(tap / K) % S) - left
      const p = h * strides[0] + Math.floor(tap / (K * S)) - top
      if (p < 0 || p >= P || q < 0 || q >= Q) continue
      const to = ((n * P + p) * Q + q) * K + k
      const product = x!.data[i]! * w!.data[tap * C + c]!
      sums[to]! += product
      absSums[to]! += Math.abs(product)
    }
  }
  return build([N, P, Q, K], (i) => {
    const bias = b?.data[i % K] ?? 0
    return [sums[i]! + bias, sumBound(R * S * C + 1, absSums[i]! + Math.abs(bias))]
  })
}
