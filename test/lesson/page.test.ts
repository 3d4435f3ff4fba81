/** The report of the lesson: one page that needs nothing beside itself, and what it shows. */
import { PNG } from 'pngjs'
import { describe, expect, test } from 'vitest'
import { escaped, lineChart, ticks } from '../../examples/lesson/chart.ts'
import { CLASSES, SIDE } from '../../examples/lesson/cifar.ts'
import { confusionOf, worstMistakes } from '../../examples/lesson/examine.ts'
import { MODES } from '../../examples/lesson/model.ts'
import { lessonPage, type Report } from '../../examples/lesson/page.ts'
import { pngUri } from '../../examples/lesson/pictures.ts'
import { tensor } from '../../src/tensor.ts'

const PIXELS = SIDE * SIDE
/** Two pictures of numbers that differ. */
const pictures = tensor(
  Uint8Array.from({ length: 2 * 3 * PIXELS }, (_, i) => (i * 7) % 256),
  [2, SIDE, SIDE, 3],
)

/** Probabilities of ten classes for each best one. */
const sure = (...best: [k: number, p: number][]) =>
  Float32Array.from(best.flatMap(([k, p]) => CLASSES.map((_, i) => (i === k ? p : (1 - p) / 9))))

test('who is taken for whom; the surest mistakes first', () => {
  expect(confusionOf([0, 1, 1], [0, 1, 0], 2)).toEqual([
    [1, 0],
    [1, 1],
  ])
  const probabilities = sure([3, 0.5], [2, 0.9], [4, 0.75])
  const found = worstMistakes([3, 5, 6], probabilities, 5)
  expect(found.map(({ picture, truth, taken }) => [picture, truth, taken])).toEqual([
    [1, 5, 2],
    [2, 6, 4],
  ])
  expect(found[0]!.probability).toBeCloseTo(0.9)
  expect(worstMistakes([3, 5, 6], probabilities, 1)).toHaveLength(1)
})

test('a picture as a data URI, enlarged, with what is laid over it', () => {
  const decode = (uri: string) => PNG.sync.read(Buffer.from(uri.replace('data:image/png;base64,', ''), 'base64'))
  const plain = decode(pngUri([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120], 2))
  expect([plain.width, plain.height]).toEqual([6, 6])
  expect([...plain.data.subarray(0, 4)]).toEqual([10, 20, 30, 255])
  expect([...plain.data.subarray(4 * (6 * 5 + 5))]).toEqual([100, 110, 120, 255])
  const heated = decode(pngUri([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120], 2, [1, 0, 0, 0]))
  expect([...heated.data.subarray(0, 3)]).toEqual([157, 27, 12])
  expect([...heated.data.subarray(12, 15)]).toEqual([40, 50, 60])
})

describe('charts', () => {
  test('round numbers around all values', () => {
    expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(ticks(-1, 7)).toEqual([-2, 0, 2, 4, 6, 8])
    expect(ticks(0, 0)).toEqual([0])
  })

  test('say in words what they show', () => {
    const lines = [{ name: 'a <b>', points: [[1, 0.5] as const, [2, 0.25] as const], color: 0 }]
    const svg = lineChart({ title: 'Loss', x: 'epoch', y: 'loss', lines })
    expect(svg).toContain('role="img" aria-label="Loss. a &lt;b&gt;: 1: 0.5, 2: 0.25"')
    expect(svg).not.toContain('NaN')
    expect(escaped('"&"')).toBe('&quot;&amp;&quot;')
  })
})

test('the page is whole: a table, curves, a confusion matrix, mistakes as pictures, nothing from elsewhere', () => {
  const logs = { loss: 2, accuracy: 0.25, val_loss: 1.5, val_accuracy: 0.5 }
  const history = { epochs: [0, 1].map((epoch) => ({ epoch, logs, seconds: 3 })), trunkSeconds: 1, notes: [] }
  const params = { total: 3, trainable: 2, nonTrainable: 1 }
  const heat = new Float32Array(PIXELS).fill(0.5)
  const report: Report = {
    adapter: 'a <software> adapter',
    options: { train: 20, val: 2, epochs: 2, batch: 4, cut: 'mixed2', size: 75, seed: 1, augment: true },
    results: Object.values(MODES).map((training) => ({ training, description: 'Case & why', params, history, testTime: 0.75 })),
    examined: [
      {
        name: 'frozen',
        confusion: confusionOf([0, 1], [0, 2], 10),
        mistakes: [{ picture: 1, truth: 1, taken: 2, probability: 0.9, heat }],
      },
      { name: 'scratch', confusion: confusionOf([0, 1], [0, 1], 10), mistakes: [] },
    ],
    data: { validation: { x: pictures, y: [0, 1] } },
  }
  const page = lessonPage(report)
  for (const part of [
    '<html lang="en">',
    '<title>',
    'prefers-color-scheme: dark',
    'a &lt;software&gt; adapter',
    'Case &amp; why',
    'up to mixed2',
  ])
    expect(page).toContain(part)
  expect(page.match(/<tr><th scope="row">(frozen|unfrozen|scratch)<\/th><td>0\.5000<\/td>/g)).toHaveLength(6) // results, and test time
  expect(page.match(/<polyline/g)).toHaveLength(2 * 2 * 3)
  expect(page).toContain('automobile, taken for bird (90%)')
  expect(page).toContain('scratch: no mistakes.')
  expect(page.match(/<img src="data:image\/png;base64,[^"]+" alt="[^"]+">/g)).toHaveLength(2)
  expect(page, 'no address').not.toMatch(/https?:|\bsrc="(?!data:)|\bhref=|@import|url\(/)
  expect(page).not.toMatch(/undefined|NaN|<script/)
})
