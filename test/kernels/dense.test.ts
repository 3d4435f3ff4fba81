import { describe, expect, test } from 'vitest'
import { ArgumentError } from '../../src/errors.ts'
import { dense, type DenseAttrs } from '../../src/kernels/dense/dense.ts'
import { denseGradient } from '../../src/kernels/dense/grad.ts'
import type { Op, Ref } from '../../src/kernels/kernel.ts'
import type { Shape } from '../../src/shape.ts'
import { denseReference } from '../reference/dense.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

type Options = Partial<DenseAttrs> & { bias?: boolean; residual?: boolean; rows?: number; groupsPerPart?: number }

function denseCase(N: number, C: number, K: number, { bias, residual, rows, groupsPerPart, ...attrs }: Options = {}): OpCase<DenseAttrs> {
  const inputs = [spiked([N, C], 1), spiked([rows ?? C, K], 2), bias ? values([K], 3) : undefined, residual ? values([N, K], 4) : undefined]
  const options = [
    bias && 'bias',
    residual && 'residual',
    attrs.activation === 'relu' && 'relu',
    rows && `rows ${attrs.xBegin}+${rows}`,
    groupsPerPart && 'parts',
  ]
    .filter(Boolean)
    .join(' ')
  return {
    name: `${N}x${C}x${K} ${options}`,
    inputs,
    attrs: { activation: 'linear', ...attrs },
    ...(groupsPerPart && { options: { groupsPerPart } }),
  }
}

/** NaN in one row of x: that row of y is NaN, through ReLU too, and no other. */
function withNaN(made: OpCase<DenseAttrs>): OpCase<DenseAttrs> {
  const [x, ...others] = made.inputs
  const data = Float32Array.from(x!.data)
  data[Math.floor(data.length / 2)] = NaN
  return { ...made, name: `${made.name} with NaN`, inputs: [{ shape: x!.shape, data }, ...others] }
}

const cases = [
  withNaN(denseCase(33, 64, 128, { bias: true, activation: 'relu' })),
  withNaN(denseCase(5, 30, 10, { residual: true, activation: 'relu' })),
  ...[
    [1, 1, 1],
    [1, 3, 10],
    [2, 64, 3],
    [3, 5, 33],
    [7, 129, 64],
    [33, 1000, 10],
    [32, 130, 130],
    [9, 64, 68],
    [40, 36, 100],
    [65, 8, 4],
    [2, 1, 64],
    [3, 129, 1],
    [7, 1000, 3],
    [1, 1000, 130],
    [8, 64, 260],
    [33, 5, 64],
    [33, 129, 33],
    [130, 33, 10],
    [1, 25088, 8],
  ].map(([N, C, K]) => denseCase(N!, C!, K!)),
  denseCase(5, 20, 24, { bias: true }),
  denseCase(5, 20, 24, { residual: true, activation: 'relu' }),
  denseCase(33, 70, 13, { bias: true, residual: true, activation: 'relu' }),
  denseCase(3, 40, 12, { rows: 16, xBegin: 8, bias: true }),
  denseCase(3, 41, 9, { rows: 17, xBegin: 5, residual: true }),
  denseCase(35, 64, 130, { groupsPerPart: 2, activation: 'relu' }),
  denseCase(32, 512, 10, { bias: true }),
  denseCase(1, 300, 260, { groupsPerPart: 5 }),
  denseCase(33, 128, 64, { bias: true, residual: true, activation: 'relu' }),
  denseCase(16, 256, 40, { residual: true }),
  denseCase(12, 72, 20, { rows: 32, xBegin: 40, bias: true }),
  denseCase(12, 72, 20, { rows: 32, xBegin: 39, activation: 'relu' }),
  denseCase(250, 40, 260, { groupsPerPart: 7, bias: true }),
]

testOp(dense, cases, denseReference)

describe('shapes that do not fit', () => {
  const linear = { activation: 'linear' as const }
  test.each([
    [
      [
        [2, 3],
        [4, 5],
      ],
      linear,
      '[dense] input features must match the kernel, got x [2,3] and w [4,5]',
    ],
    [
      [
        [2, 3, 1],
        [3, 5],
      ],
      linear,
      '[dense] x must have rank 2, got x [2,3,1]',
    ],
    [[[2, 3], [3, 5], [4]], linear, '[dense] bias must have one value per unit, got b [4] and w [3,5]'],
    [[[2, 3], [3, 5], undefined, [2, 4]], linear, "[dense] residual must have the output's shape, got r [2,4] and y [2,5]"],
    [
      [
        [2, 8],
        [4, 5],
      ],
      { ...linear, xBegin: 5 },
      "[dense] the kernel's rows must lie within the input from xBegin on, got xBegin 5, x [2,8] and w [4,5]",
    ],
  ])('%j', (shapes, attrs, message) => {
    expect(() => dense.shape(shapes, attrs)).toThrow(message)
  })
})

testGradient(
  dense,
  [
    {
      name: 'all inputs',
      inputs: [values([3, 5], 1), values([5, 4], 2), values([4], 3), values([3, 4], 4)],
      attrs: { activation: 'linear' },
    },
    { name: 'through relu', inputs: [values([4, 3], 5), values([3, 7], 6), values([7], 7)], attrs: { activation: 'relu' } },
    { name: 'one row, one unit', inputs: [values([1, 9], 8), values([9, 1], 9)], attrs: { activation: 'linear' } },
  ],
  denseReference,
)

test('cost counts the rows of w', () => {
  const io = { inputs: [[2, 100], [30, 5], undefined, undefined], output: [2, 5], attrs: { activation: 'linear' as const, xBegin: 7 } }
  expect(dense.cost(io).flops).toBe(2 * 2 * 30 * 5)
})

describe('dense gradient', () => {
  const leaf = (shape: Shape): Ref => ({ shape, inputs: [] })
  const [x, w, b, r, dy] = [leaf([2, 3]), leaf([3, 4]), leaf([4]), leaf([2, 4]), leaf([2, 4])]
  const node: Ref = { shape: [2, 4], inputs: [x, w, b, r] }

  /** Runs the rule and notes which nodes it appends. */
  function run(attrs: DenseAttrs, needs: boolean[]) {
    const added: { op: string; ref: Ref }[] = []
    const g = {
      add<A extends object>(op: Op<A>, inputs: readonly (Ref | undefined)[], a: A): Ref {
        const shapes = inputs.map((i) => i?.shape)
        const ref = { shape: op.shape(shapes, a), inputs }
        added.push({ op: op.name, ref })
        return ref
      },
      view: (x: Ref, shape: Shape): Ref => ({ shape, inputs: [x] }),
    }
    return { grads: denseGradient.by({ g, node, attrs, dy, needs }), added }
  }

  test('of every input, through relu once', () => {
    const { grads, added } = run({ activation: 'relu' }, [true, true, true, true])
    expect(added.map((n) => n.op)).toEqual(['activationGrad', 'denseGradX', 'denseGradW', 'columnSum'])
    const [dz, dx, dw, db] = added.map((n) => n.ref)
    expect(added.map((n) => n.ref.inputs)).toEqual([[node, dy], [dz, w], [x, dz], [dz]])
    expect(grads).toEqual([dx, dw, db, dz, undefined])
    node.inputs.forEach((input, i) => expect(grads[i]!.shape).toEqual(input!.shape))
  })

  test('only of what is needed', () => {
    expect(run({ activation: 'linear' }, [false, true, false, false]).added.map((n) => n.op)).toEqual(['denseGradW'])
    expect(run({ activation: 'linear' }, [false, false, false, true])).toEqual({
      grads: [undefined, undefined, undefined, dy, undefined],
      added: [],
    })
  })

  test('is refused for a range of columns', () => {
    const refused = () => run({ activation: 'linear', xBegin: 0 }, [false, true, false, false])
    expect(refused).toThrow(ArgumentError)
    expect(refused).toThrow('got xBegin 0')
  })
})
