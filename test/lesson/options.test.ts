import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { CASES, MODES } from '../../examples/lesson/model.ts'
import { HELP, parseOptions, UsageError } from '../../examples/lesson/options.ts'

test('defaults', () => {
  expect(parseOptions([])).toEqual({
    train: 200,
    val: 100,
    epochs: 5,
    batch: 16,
    cut: undefined,
    size: 139,
    seed: 42,
    weights: undefined,
    trainings: [MODES.frozen],
    augment: false,
    testTime: 0,
    json: undefined,
    report: undefined,
  })
})

test('every flag is honoured', () => {
  const args = '--train 600 --val=300 --epochs 2 --batch 8 --cut mixed5 --size 75 --seed 0 --weights a.h5 --json b.json'.split(' ')
  const more = '--mode scratch --augment --test-time 4 --report c.html'.split(' ')
  expect(parseOptions([...args, ...more])).toEqual({
    train: 600,
    val: 300,
    epochs: 2,
    batch: 8,
    cut: 'mixed5',
    size: 75,
    seed: 0,
    weights: 'a.h5',
    trainings: [MODES.scratch],
    augment: true,
    testTime: 4,
    json: 'b.json',
    report: 'c.html',
  })
})

test('what is trained: a mode, all of them, or one of the cases', () => {
  const trained = (...args: string[]) => (parseOptions(args) as { trainings: unknown }).trainings
  expect(trained('--mode', 'unfrozen')).toEqual([MODES.unfrozen])
  expect(trained('--mode', 'all')).toEqual([MODES.frozen, MODES.unfrozen, MODES.scratch])
  expect(trained('--case', '2')).toEqual([CASES[1]])
})

test('the help names every flag, with its default', () => {
  expect(parseOptions(['--train', '7', '--help'])).toBe('help')
  const { train, val, epochs, batch, size, seed } = parseOptions([]) as Exclude<ReturnType<typeof parseOptions>, 'help'>
  for (const [flag, standard] of Object.entries({ train, val, epochs, batch, size, seed }))
    expect(HELP).toMatch(new RegExp(`--${flag} N .*\\(${standard}\\)`))
  for (const flag of ['cut', 'weights', 'mode', 'case', 'test-time', 'json', 'report', 'help']) expect(HELP).toContain(`--${flag} `)
  expect(HELP).toContain('--augment ')
})

describe('refused', () => {
  test.each([
    [['--trian', '600'], "Unknown option '--trian'"],
    [['600'], "Unexpected argument '600'"],
    [['--train'], "'--train <value>' argument missing"],
    [['--train', '1e3'], '--train must be a whole number from 1 to 50000, got 1e3'],
    [['--train', '50001'], '--train must be a whole number from 1 to 50000, got 50001'],
    [['--val', '0'], '--val must be a whole number from 1 to 10000, got 0'],
    [['--epochs', '1.5'], '--epochs must be a whole number from 1 to 10000, got 1.5'],
    [['--batch', ''], '--batch must be a whole number from 1 to 4096, got '],
    [['--size', '74'], '--size must be a whole number from 75 to 2048, got 74'],
    [['--seed', 'x'], '--seed must be a whole number from 0 to 2147483647, got x'],
    [['--json', ''], '--json must not be empty'],
    [['--report='], '--report must not be empty'],
    [['--mode', 'thawed'], '--mode must be frozen, unfrozen, scratch or all, got thawed'],
    [['--case', '5'], '--case must be a whole number from 1 to 4, got 5'],
    [['--case', '1', '--mode', 'all'], '--case must not go with --mode, got both'],
    [['--test-time', '0'], '--test-time must be a whole number from 1 to 64, got 0'],
    [['--cut='], '--cut must not be empty'],
  ])('%j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError)
    expect(() => parseOptions(args)).toThrow(message)
  })
})

describe('the program', () => {
  const lesson = (...args: string[]) =>
    spawnSync(process.execPath, ['tools/run.mjs', 'examples/lesson/main.ts', ...args], { encoding: 'utf8' })

  test('--help prints the help and does nothing', () => {
    expect(lesson('--help')).toMatchObject({ status: 0, stdout: `${HELP}\n` })
  })

  test('an unknown flag: exit code 2, and where to look', () => {
    const { status, stdout, stderr } = lesson('--trian', '600')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/Unknown option '--trian'[^\n]*\nnpm run lesson -- --help says what can be chosen.\n$/)
  })

  test('a result that cannot be written is refused before any work', () => {
    const { status, stdout, stderr } = lesson('--json', 'no/such/folder/a.json')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('--json must name a file in a folder that can be written to, got no/such/folder/a.json')
    expect(lesson('--report', 'no/such/folder/a.html').stderr).toContain('--report must name a file in a folder that can be written to')
  })

  test('an unknown layer is refused before anything is fetched', () => {
    const { status, stdout, stderr } = lesson('--cut', 'mixed11')
    expect(status).toBe(1)
    expect(stdout).toMatch(/^Adapter: .+\n$/)
    expect(stderr).toContain('[inception_v3] a layer must be in the network, got mixed11; there are mixed0, mixed1')
  })
})
