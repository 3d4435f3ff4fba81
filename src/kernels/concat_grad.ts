/** The gradient of concat. */
import { concat } from './concat.ts'
import { defineGradient } from './kernel.ts'
import { slice } from './slice.ts'

export const concatGradient = defineGradient(concat, ({ g, node, dy, needs }) => {
  let end = 0
  return node.inputs.map((x, i) => {
    const begin = end
    end += x?.shape.at(-1) ?? 0
    return needs[i] ? g.add(slice, [dy], { begin, end }) : undefined
  })
})
