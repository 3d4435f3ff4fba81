import { describe, expect, test } from 'vitest'
import { MODES } from '../../examples/lesson/model.ts'
import { epochLine, loadLine, modesTable, resultJson, resultTable } from '../../examples/lesson/report.ts'
import { Bars, duration, megabytes, progressText, type Output } from '../../examples/lesson/progress.ts'

const params = { total: 22_857_002, trainable: 1_054_218, nonTrainable: 21_802_784 }
const epochs = [
  { epoch: 0, logs: { loss: 1.91234, accuracy: 0.31, val_loss: 1.5, val_accuracy: 0.4567 }, seconds: 61.7 },
  { epoch: 1, logs: { loss: 0.5, accuracy: 0.9, val_loss: 1.25, val_accuracy: 0.5 }, seconds: 0.25 },
  { epoch: 2, logs: { loss: 0.25, accuracy: 1, val_loss: 1.125, val_accuracy: 0.5 }, seconds: 0.35 },
]
const adapter = 'llvmpipe, software'
const history = { epochs, trunkSeconds: 55.04, notes: [] }
const result = { training: MODES.frozen, description: 'Case 1', params, history, testTime: undefined }

test('an epoch, as Keras prints it', () => {
  expect(epochLine(epochs[0]!, 3)).toBe('Epoch 1/3 - 1m 02s - loss: 1.9123 - accuracy: 0.3100 - val_loss: 1.5000 - val_accuracy: 0.4567')
  expect(epochLine(epochs[1]!, 3)).toBe('Epoch 2/3 - 0.3s - loss: 0.5000 - accuracy: 0.9000 - val_loss: 1.2500 - val_accuracy: 0.5000')
})

test('the table: every epoch, the trunk, and what the later epochs cost', () => {
  expect(resultTable(adapter, result).split('\n')).toEqual([
    'epoch  seconds    loss  accuracy  val_loss  val_accuracy',
    '    1    61.70  1.9123    0.3100    1.5000        0.4567',
    '    2     0.25  0.5000    0.9000    1.2500        0.5000',
    '    3     0.35  0.2500    1.0000    1.1250        0.5000',
    '',
    'Adapter: llvmpipe, software',
    'Trunk: 55s, once for all epochs',
    'Epochs after the first: 0.30s each, 0.5% of the first',
  ])
})

test('one epoch has none after it', () => {
  expect(resultTable(adapter, { ...result, history: { epochs: epochs.slice(0, 1), trunkSeconds: 5, notes: [] } })).not.toContain(
    'after the first',
  )
})

test('what test-time augmentation gave', () => {
  const line = 'Validation accuracy by changed copies of each picture: 0.6250, as they are: 0.5000'
  expect(resultTable(adapter, { ...result, testTime: 0.625 })).toContain(line)
})

test("the lesson's table", () => {
  const five = { ...result, training: MODES.scratch, history: { ...history, epochs: [...epochs, ...epochs] } }
  expect(modesTable([result, five]).split('\n')).toEqual([
    'Training mode | Val Acc @ 1 epoch | Val Acc @ 5 epoch | Time per epoch',
    'frozen        |            0.4567 |                 - |            21s',
    'scratch       |            0.4567 |            0.5000 |            21s',
  ])
})

test('the JSON has exactly the agreed fields, an entry for each training', () => {
  const written = JSON.parse(resultJson(adapter, [result, { ...result, testTime: 0.75 }])) as { modes: unknown[] }
  const mode = {
    mode: 'frozen',
    description: 'Case 1',
    params,
    epochs: epochs.map(({ logs: { loss, accuracy, val_loss: valLoss, val_accuracy: valAccuracy }, seconds }) => {
      return { loss, accuracy, valLoss, valAccuracy, seconds }
    }),
    trunkSeconds: 55.04,
    secondsPerEpoch: (61.7 + 0.25 + 0.35) / 3,
  }
  expect(written).toStrictEqual({ adapter, modes: [mode, { ...mode, testTimeAccuracy: 0.75 }] })
})

test('what was loaded', () => {
  const loaded = [{ layer: 'conv2d', weight: 'kernel', path: '/conv2d_1/conv2d_1/kernel:0' }]
  expect(
    loadLine({ variant: 'weights only, Keras 2.15.0', loaded, skipped: [], unusedInFile: ['dense_1', 'dense_2'], unusedFiles: [] }),
  ).toBe('1 weights loaded (weights only, Keras 2.15.0); unused in the file: dense_1, dense_2')
  expect(
    loadLine({
      variant: 'whole model',
      loaded,
      skipped: [{ layer: 'dense', reason: 'not in the file' }],
      unusedInFile: [],
      unusedFiles: [],
    }),
  ).toBe('1 weights loaded (whole model); skipped: dense (not in the file); unused in the file: nothing')
})

test.each([
  [0, '0s'],
  [59.4, '59s'],
  [59.6, '1m 00s'],
  [125, '2m 05s'],
  [3725, '1h 02m'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

describe('progress', () => {
  /** Output that is kept, and a clock that is set by hand. */
  function recorded(terminal: Partial<Output>) {
    const written: string[] = []
    const clock = { now: 0 }
    const bars = new Bars({ ...terminal, write: (text) => written.push(text) }, () => clock.now)
    return { bars, written, clock }
  }

  test('text: amount, rate, time left', () => {
    expect(progressText('Trunk', 32, 128, 4, false)).toBe('Trunk 32/128 (25%) 8/s, 12s left')
    expect(progressText('Trunk', 64, 128, 20, true)).toBe('Trunk 64/128 [===============>..............] 3.2/s, 20s left')
    expect(progressText('Trunk', 128, 128, 1, true)).toBe(`Trunk 128/128 [${'='.repeat(30)}] 128/s, 0s left`)
    expect(progressText('Trunk', 0, 128, 1, false)).toBe('Trunk 0/128 (0%) 0/s, just begun')
    expect(progressText('Fetching', 5e6, 20e6, 2, false, megabytes)).toBe('Fetching 5.0 MB/20.0 MB (25%) 2.5 MB/s, 6s left')
  })

  test('a terminal gets a bar in place, at most ten times a second, no wider than it is', () => {
    const { bars, written, clock } = recorded({ isTTY: true, columns: 40 })
    bars.update('Trunk', 1, 10)
    clock.now = 50
    bars.update('Trunk', 2, 10)
    clock.now = 1000
    bars.update('Trunk', 5, 10)
    expect(written).toEqual([expect.stringMatching(/^\r\x1b\[KTrunk 1\/10 \[===>/), expect.stringMatching(/^\r\x1b\[KTrunk 5\/10 \[=/)])
    expect(written.every((w) => w.replace('\r\x1b[K', '').length < 40)).toBe(true)
    bars.clear()
    expect(written.at(-1)).toBe('\r\x1b[K')
    bars.clear()
    expect(written).toHaveLength(3)
  })

  test('a file gets a line every five seconds', () => {
    const { bars, written, clock } = recorded({})
    for (const [ms, done] of [
      [0, 0],
      [4999, 1],
      [5000, 2],
      [9000, 3],
      [10_001, 4],
    ] as const) {
      clock.now = ms
      bars.update('Trunk', done, 4)
    }
    expect(written).toEqual(['Trunk 2/4 (50%) 0.4/s, 5s left\n', 'Trunk 4/4 (100%) 0.4/s, 0s left\n'])
  })

  test('the next piece of work ends the one before it, with a line where it is to be kept', () => {
    const { bars, written, clock } = recorded({})
    bars.update('Trunk', 0, 4)
    clock.now = 3000
    bars.update('Trunk', 4, 4)
    bars.update('Epoch 1/2', 1, 2, 'erase')
    bars.update('Epoch 2/2', 1, 2, 'erase')
    bars.clear()
    expect(written).toEqual(['Trunk: 4 in 3s\n'])
  })

  test('work that tells nothing leaves nothing; work that fails passes its error on', async () => {
    const { bars, written } = recorded({})
    expect(await bars.during('Fetching', () => Promise.resolve(7))).toBe(7)
    expect(written).toEqual([])
    expect(await bars.during('Fetching', (update) => Promise.resolve(update(3, 3)))).toBeUndefined()
    expect(written).toEqual(['Fetching: 3 in 0s\n'])
    await expect(bars.during('Fetching', () => Promise.reject(new Error('offline')))).rejects.toThrow('offline')
  })
})
