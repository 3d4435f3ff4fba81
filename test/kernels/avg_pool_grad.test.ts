import { avgPoolGrad } from '../../src/kernels/avg_pool_grad.ts'
import { avgPoolGradReference, avgPoolReference } from '../reference/pooling.ts'
import { testOp } from '../support/op-cases.ts'
import { GEOMETRIES, gradAttrs, show } from '../support/pools.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  avgPoolGrad,
  [1, 3, 5, 64].flatMap((C) =>
    GEOMETRIES.map((attrs) => {
      const x = values([2, 9, 7, C], C)
      const dy = spiked(avgPoolReference([x], attrs).shape, C)
      return { name: `${C} channels, ${show(attrs)}`, inputs: [dy], attrs: gradAttrs(attrs, x.shape) }
    }),
  ),
  avgPoolGradReference,
)
