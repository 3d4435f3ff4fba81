/** Every activation function, by a name for titles, in each way that its slope is read. */
import type { ActivationFunction } from '../../src/kernels/activation/functions.ts'

export const functions: readonly (readonly [name: string, f: ActivationFunction])[] = [
  ...(['relu', 'sigmoid', 'tanh', 'silu', 'softplus', 'softsign', 'exponential', 'gelu', 'mish', 'squareplus'] as const).map(
    (f) => [f, f] as const,
  ),
  ...(['sparsePlus', 'logSigmoid', 'hardTanh', 'tanhShrink', 'softShrink', 'hardShrink'] as const).map((f) => [f, f] as const),
  ['relu6', { kind: 'relu', negativeSlope: 0, threshold: 0, maxValue: 6 }],
  ['leaky relu', { kind: 'relu', negativeSlope: 0.3, threshold: 0, maxValue: Infinity }],
  ['relu with all options', { kind: 'relu', negativeSlope: 0.1, threshold: 1.5, maxValue: 2.5 }],
  ['relu with a negative slope', { kind: 'relu', negativeSlope: -0.7, threshold: 0, maxValue: 2 }],
  ['relu from -1 on', { kind: 'relu', negativeSlope: 0.2, threshold: -1, maxValue: Infinity }],
  ['elu', { kind: 'elu', alpha: 0.7, scale: 1 }],
  ['elu with a negative alpha', { kind: 'elu', alpha: -0.4, scale: 1 }],
  ['selu', { kind: 'elu', alpha: 1.6732632423543772, scale: 1.0507009873554805 }],
  ['hard sigmoid', { kind: 'hardSigmoid', slope: 1 / 6, offset: 0.5 }],
  ['hard silu', { kind: 'hardSilu', slope: 1 / 6, offset: 0.5 }],
]
