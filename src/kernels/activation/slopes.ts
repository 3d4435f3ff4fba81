/** The slopes of activations as text for shaders: for gradients alone, so that a page that predicts does not load them. */
import { call, numbersOf, slopeFromOutput, withLibrary, type ActivationFunction } from './functions.ts'
import source from './slopes.wgsl'

function slopeCall(f: ActivationFunction): string {
  if (f === 'linear') return 'Vec(1.0)'
  if (typeof f === 'string') return call(`${f}Slope`)
  const from = slopeFromOutput(f) ? '' : 'At'
  const [first, ...others] = numbersOf(f) as [number, ...number[]]
  if (f.kind === 'relu') return from ? call('reluWithSlopeAt', first, ...others) : call('reluWithSlope', first, others[1]!)
  if (f.kind === 'elu') return call(`eluSlope${from}`, first, ...others)
  return f.kind === 'hardSigmoid' ? call('hardSigmoidSlope', first) : call('hardSiluSlope', first, ...others)
}

/** `fn slope(v)` for shaders: that of the function, v being its output where `slopeFromOutput`, else its input. */
export function slopeText(f: ActivationFunction, alias = 'Vec'): string {
  return withLibrary(`fn slope(v: Vec) -> Vec { return ${slopeCall(f)}; }`, alias, source)
}
