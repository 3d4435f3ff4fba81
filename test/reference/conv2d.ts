/** Oracle of conv2d: the sum over the window, straight from the definition. */
import type { ActivationFunction } from '../../src/kernels/activation/functions.ts'
import { finished } from './epilogue.ts'
import { build, sumBound, type Reference } from './reference.ts'
import type { Inputs } from './values.ts'
import { slide, type Padding } from './window.ts'

interface Attrs {
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly dilations?: readonly [number, number]
  readonly groups: number
  readonly activation: ActivationFunction
}

/** y = act(conv(x, w) * s + b + r). */
export function conv2dReference([x, w, b, r, s]: Inputs, attrs: Attrs): Reference {
  const [N, H, W, C] = x!.shape as [number, number, number, number]
  const [R, S, Cg, K] = w!.shape as [number, number, number, number]
  const [dilationH, dilationW] = attrs.dilations ?? [1, 1]
  const {
    strides: [sh, sw],
    groups,
  } = attrs
  const { out: P, first: top } = slide(H, (R - 1) * dilationH + 1, sh, attrs.padding, 0)
  const { out: Q, first: left } = slide(W, (S - 1) * dilationW + 1, sw, attrs.padding, 1)
  return build([N, P, Q, K], (i) => {
    const k = i % K
    const q = Math.floor(i / K) % Q
    const p = Math.floor(i / (K * Q)) % P
    const n = Math.floor(i / (K * Q * P))
    const firstChannel = Math.floor(k / (K / groups)) * Cg
    let [sum, absSum] = [0, 0]
    for (let dr = 0; dr < R; dr++) {
      const h = top + p * sh + dr * dilationH
      if (h < 0 || h >= H) continue
      for (let ds = 0; ds < S; ds++) {
        const v = left + q * sw + ds * dilationW
        if (v < 0 || v >= W) continue
        for (let c = 0; c < Cg; c++) {
          const product = x!.data[((n * H + h) * W + v) * C + firstChannel + c]! * w!.data[((dr * S + ds) * Cg + c) * K + k]!
          sum += product
          absSum += Math.abs(product)
        }
      }
    }
    return finished(i, k, { sum, absSum, terms: R * S * Cg }, [b, r, s], attrs.activation)
  })
}

/** A depthwise convolution is one with as many groups as channels; w [R,S,K] has one input channel a group. */
export function depthwiseConv2dReference([x, w, b, r, s]: Inputs, attrs: Omit<Attrs, 'groups'>): Reference {
  const [R, S, K] = w!.shape as [number, number, number]
  return conv2dReference([x, { shape: [R, S, 1, K], data: w!.data }, b, r, s], { ...attrs, groups: x!.shape[3]! })
}

interface TransposeAttrs {
  readonly strides: readonly [number, number]
  readonly dilations?: readonly [number, number]
  readonly groups: number
  /** Output size, and what is cut off before the first output. */
  readonly size: readonly [P: number, Q: number]
  readonly cut: readonly [top: number, left: number]
  readonly activation: ActivationFunction
}

/** Scatters every input pixel times its filter, as the definition has it. */
export function conv2dTransposeReference(
  [x, w, b, r, s]: Inputs,
  { strides, dilations = [1, 1], groups, size, cut, activation }: TransposeAttrs,
): Reference {
  const [N, H, W, C] = x!.shape as [number, number, number, number]
  const [R, S, Kg] = w!.shape as [number, number, number]
  const [P, Q] = size
  const K = Kg * groups
  const sums = new Float64Array(N * P * Q * K)
  const absSums = new Float64Array(N * P * Q * K)
  for (let i = 0; i < N * H * W * C; i++) {
    const c = i % C
    const v = Math.floor(i / C) % W
    const h = Math.floor(i / (C * W)) % H
    const n = Math.floor(i / (C * W * H))
    for (let tap = 0; tap < R * S * Kg; tap++) {
      const k = Math.floor(c / (C / groups)) * Kg + (tap % Kg)
      const q = v * strides[1] + (Math.floor(tap / Kg) % S) * dilations[1] - cut[1]
      const p = h * strides[0] + Math.floor(tap / (Kg * S)) * dilations[0] - cut[0]
      if (p < 0 || p >= P || q < 0 || q >= Q) continue
      const to = ((n * P + p) * Q + q) * K + k
      const product = x!.data[i]! * w!.data[tap * C + c]!
      sums[to]! += product
      absSums[to]! += Math.abs(product)
    }
  }
  return build([N, P, Q, K], (i) => finished(i, i % K, { sum: sums[i]!, absSum: absSums[i]!, terms: R * S * C }, [b, r, s], activation))
}

interface GradWAttrs extends Omit<Attrs, 'activation'> {
  readonly filter: readonly [R: number, S: number]
}

/** dw [R,S,Cg,K]: every output pixel adds its gradient times what its taps meet. */
export function conv2dGradWReference([x, dy]: Inputs, attrs: GradWAttrs): Reference {
  const [N, H, W, C] = x!.shape as [number, number, number, number]
  const [, P, Q, K] = dy!.shape as [number, number, number, number]
  const [R, S] = attrs.filter
  const [dilationH, dilationW] = attrs.dilations ?? [1, 1]
  const { first: top } = slide(H, (R - 1) * dilationH + 1, attrs.strides[0], attrs.padding, 0)
  const { first: left } = slide(W, (S - 1) * dilationW + 1, attrs.strides[1], attrs.padding, 1)
  const [Cg, Kg] = [C / attrs.groups, K / attrs.groups]
  return build([R, S, Cg, K], (i) => {
    const k = i % K
    const c = (Math.floor(i / K) % Cg) + Math.floor(k / Kg) * Cg
    const ds = Math.floor(i / (K * Cg)) % S
    const dr = Math.floor(i / (K * Cg * S))
    let [sum, absSum] = [0, 0]
    for (let pixel = 0; pixel < N * P * Q; pixel++) {
      const h = (Math.floor(pixel / Q) % P) * attrs.strides[0] + dr * dilationH + top
      const v = (pixel % Q) * attrs.strides[1] + ds * dilationW + left
      if (h < 0 || h >= H || v < 0 || v >= W) continue
      const n = Math.floor(pixel / (P * Q))
      const product = x!.data[((n * H + h) * W + v) * C + c]! * dy!.data[pixel * K + k]!
      sum += product
      absSum += Math.abs(product)
    }
    return [sum, sumBound(N * P * Q, absSum)]
  })
}

/** dw [R,S,K] of a depthwise convolution; with `lines`, sums of so many lines of dy each, [parts,R,S,K]. */
export function depthwiseConv2dGradWReference(
  [x, dy]: Inputs,
  { lines, ...attrs }: Omit<GradWAttrs, 'groups'> & { lines?: number },
): Reference {
  const [, P, Q, K] = dy!.shape as [number, number, number, number]
  const all = dy!.shape[0]! * P
  const each = lines ?? all
  const parts = Array.from({ length: Math.ceil(all / each) }, (_, part) => {
    const inside = (i: number) => Math.floor(i / (Q * K * each)) === part
    const data = Float64Array.from(dy!.data, (v, i) => (inside(i) ? v : 0))
    return conv2dGradWReference([x, { shape: dy!.shape, data }], { ...attrs, groups: x!.shape[3]! })
  })
  const dw = [...attrs.filter, K]
  const joined = (of: (r: Reference) => Float64Array) => Float64Array.from(parts.flatMap((r) => [...of(r)]))
  return { shape: lines === undefined ? dw : [parts.length, ...dw], y: joined((r) => r.y), bound: joined((r) => r.bound) }
}

/** dx of a depthwise convolution: every output adds its gradient, weighted by the filter, to what it has seen. */
export function depthwiseConv2dGradXReference(
  [dy, w]: Inputs,
  { strides, padding, dilations = [1, 1], image }: Omit<Attrs, 'groups' | 'activation'> & { image: readonly [number, number, number] },
): Reference {
  const [N, P, Q, K] = dy!.shape as [number, number, number, number]
  const [R, S] = w!.shape as [number, number]
  const [H, W, C] = image
  const { first: top } = slide(H, (R - 1) * dilations[0] + 1, strides[0], padding, 0)
  const { first: left } = slide(W, (S - 1) * dilations[1] + 1, strides[1], padding, 1)
  const sums = new Float64Array(N * H * W * C)
  const absSums = new Float64Array(sums.length)
  for (let i = 0; i < N * P * Q * K; i++) {
    const [k, q, p, n] = [i % K, Math.floor(i / K) % Q, Math.floor(i / (K * Q)) % P, Math.floor(i / (K * Q * P))]
    for (let tap = 0; tap < R * S; tap++) {
      const h = top + p * strides[0] + Math.floor(tap / S) * dilations[0]
      const v = left + q * strides[1] + (tap % S) * dilations[1]
      if (h < 0 || h >= H || v < 0 || v >= W) continue
      const to = ((n * H + h) * W + v) * C + Math.floor(k / (K / C))
      const product = dy!.data[i]! * w!.data[tap * K + k]!
      sums[to]! += product
      absSums[to]! += Math.abs(product)
    }
  }
  return build([N, H, W, C], (i) => [sums[i]!, sumBound((R * S * K) / C, absSums[i]!)])
}
