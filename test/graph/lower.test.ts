/** What one dispatch cannot do becomes several that compute the same. */
import { describe, expect, test } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { Graph } from '../../src/graph/graph.ts'
import { lower } from '../../src/graph/lower.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { opNames, runGraph, weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()

describe('weights over the binding limit', () => {
  const C = 300
  const K = 40
  const LIMIT = 4096 // bytes: 25 rows
  const graph = () => {
    const g = new Graph()
    g.outputs.set('y', g.add(dense, [g.input('x', [3, C]), g.parameter(weight([C, K])), g.parameter(weight([K]))], { activation: 'relu' }))
    return g
  }

  test('are split into a chain that adds up to the same', async () => {
    const g = graph()
    expect(opNames(lower(g, LIMIT))).toEqual(Array<string>(12).fill('dense'))
    const x = values([3, C], 5).data
    const whole = (await runGraph(device(), g, { x }))['y']!
    const small = await openDevice({ gpu: await openGpu(), maxTensorBytes: LIMIT })
    const parts = (await runGraph(small, g, { x }))['y']!
    expect(small.live.buffers).toBe(0)
    small.dispose()
    const bound = 2 * (C + 4) * 2 ** -23 * C
    whole.forEach((v, i) => expect(Math.abs(v - parts[i]!)).toBeLessThan(bound))
  })
})
