/** The lesson's command line. */
import { parseArgs } from 'node:util'
import { CASES, MODES, type Training } from './model.ts'

export interface LessonOptions {
  /** Pictures to train on, from CIFAR-10's 50,000. */
  readonly train: number
  /** Pictures to validate with, from CIFAR-10's 10,000 test pictures. */
  readonly val: number
  readonly epochs: number
  readonly batch: number
  /** Layer of InceptionV3 to cut behind; undefined keeps the whole trunk. */
  readonly cut: string | undefined
  /** Height and width that pictures are enlarged to. */
  readonly size: number
  /** Chooses the pictures, their order, and the head's first weights. */
  readonly seed: number
  /** An official Keras InceptionV3 file instead of the network that npm carries. */
  readonly weights: string | undefined
  /** What is trained, one after the other, on the same pictures. */
  readonly trainings: readonly Training[]
  /** Pictures are changed at random while training. */
  readonly augment: boolean
  /** Changed copies of each picture whose predictions are averaged; 0: none. */
  readonly testTime: number
  /** Where to write the results. */
  readonly json: string | undefined
  /** Where to write the report, a web page. */
  readonly report: string | undefined
}

export const HELP = `npm run lesson -- [options]

Transfer learning on CIFAR-10: pictures enlarged, a pre-trained InceptionV3, and a new head of Dense 512 and Dense 10.

  --train N       pictures to train on, 1 to 50000            (200)
  --val N         pictures to validate with, 1 to 10000       (100)
  --epochs N      passes over the training pictures           (5)
  --batch N       pictures per training step                  (16)
  --cut LAYER     end the trunk behind this layer, such as mixed5 (mixed10: the whole trunk)
  --size N        height and width to enlarge to, at least 75 (139)
  --mode MODE     frozen: only the head trains; unfrozen: everything trains, from the weights that are there;
                  scratch: everything trains, from random weights; all: one after the other        (frozen)
  --case N        instead of a mode, one of the lesson's four cases, 1 to 4; case 2 cuts at mixed3 unless --cut says where
  --augment       change pictures at random while training: flip, shift, zoom, brightness, contrast, saturation, hue
  --test-time N   validate also by the mean prediction for N copies of each picture, changed at random, 1 to 64
  --seed N        chooses pictures, order and first weights   (42)
  --weights FILE  an official Keras InceptionV3 .h5 file, instead of the network that npm carries
  --json FILE     write the results there, an entry for each training
  --report FILE   write a page there: curves, table, confusion matrix, the worst mistakes and where the network looked
  --help          this text

THAW_ADAPTER=auto|hardware|lavapipe|swiftshader chooses the adapter. THAW_CACHE is where the data is kept (default: .cache here).
Ctrl-C stops at once and leaves nothing behind.`

/** The command line cannot be understood: for the user, without a stack. */
export class UsageError extends Error {}

function wholeNumber(flag: string, given: string | undefined, standard: number, least: number, most: number): number {
  if (given === undefined) return standard
  const n = Number(given)
  if (!/^\d+$/.test(given) || n < least || n > most)
    throw new UsageError(`--${flag} must be a whole number from ${least} to ${most}, got ${given}`)
  return n
}

function flags(args: readonly string[]) {
  const string = { type: 'string' } as const
  const options = {
    train: string,
    val: string,
    epochs: string,
    batch: string,
    cut: string,
    size: string,
    seed: string,
    weights: string,
    mode: string,
    case: string,
    augment: { type: 'boolean' },
    'test-time': string,
    json: string,
    report: string,
    help: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0])
  }
}

/** What `--mode` or `--case` asks for. @throws UsageError */
function trainings(mode: string | undefined, number: string | undefined): readonly Training[] {
  if (number !== undefined) {
    if (mode !== undefined) throw new UsageError('--case must not go with --mode, got both')
    return [CASES[wholeNumber('case', number, 1, 1, CASES.length) - 1]!]
  }
  if (mode === 'all') return Object.values(MODES)
  const found = Object.values(MODES).find(({ name }) => name === (mode ?? 'frozen'))
  if (!found) throw new UsageError(`--mode must be ${Object.keys(MODES).join(', ')} or all, got ${mode}`)
  return [found]
}

/**
 * @returns the options with their defaults, or `help`
 * @throws UsageError for an unknown flag, a flag without its value, a number out of range
 */
export function parseOptions(args: readonly string[]): LessonOptions | 'help' {
  const given = flags(args)
  if (given.help) return 'help'
  for (const flag of ['cut', 'weights', 'json', 'report'] as const) {
    if (given[flag] === '') throw new UsageError(`--${flag} must not be empty`)
  }
  return {
    train: wholeNumber('train', given.train, 200, 1, 50_000),
    val: wholeNumber('val', given.val, 100, 1, 10_000),
    epochs: wholeNumber('epochs', given.epochs, 5, 1, 10_000),
    batch: wholeNumber('batch', given.batch, 16, 1, 4096),
    cut: given.cut,
    size: wholeNumber('size', given.size, 139, 75, 2048),
    seed: wholeNumber('seed', given.seed, 42, 0, 2 ** 31 - 1),
    weights: given.weights,
    trainings: trainings(given.mode, given.case),
    augment: given.augment ?? false,
    testTime: wholeNumber('test-time', given['test-time'], 0, 1, 64),
    json: given.json,
    report: given.report,
  }
}
