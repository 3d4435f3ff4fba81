/** The simplest update for tests of graphs and plans: w -= rate * g. */
import { HYPER_SIZE, type OptimizeAttrs } from '../../src/kernels/optimize/optimize.ts'

export const DESCENT: OptimizeAttrs = { rule: 'descent', state: [], k: [], multiplier: 1, decay: 0, limit: 0, norm: 0, average: false }

/** Its values of a step. */
export function hyperOf(rate: number): Float32Array<ArrayBuffer> {
  const hyper = new Float32Array(HYPER_SIZE)
  hyper[0] = rate
  return hyper
}
