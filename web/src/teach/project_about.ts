/** What `project.json` says of a project, and whether it may say so. */
import type { Change, OfficialName, TrunkChoice } from '../messages.ts'
import type { Pixels } from '../pixels.ts'
import type { Project } from './state.ts'

export const FORMAT = 'thaw-project'
export const VERSION = 1

/** What `project.json` holds. Pictures and files of a network are by their names in the archive. */
export interface About extends Omit<Project, 'choice' | 'cards' | 'weights'> {
  readonly format: typeof FORMAT
  readonly version: number
  readonly network: Exclude<TrunkChoice, { kind: 'file' }> | { readonly kind: 'file'; readonly files: readonly string[] }
  readonly classes: readonly { readonly name: string; readonly pictures: readonly { readonly file: string; readonly hash: string }[] }[]
}

const CHANGES: Readonly<Record<Change, true>> = { flip: true, turn: true, zoom: true, shift: true, brightness: true, contrast: true }
const PIXELS: Readonly<Record<Pixels, true>> = { none: true, caffe: true, tf: true, torch: true, unit: true, bvlc: true }
const OFFICIAL: Readonly<Record<OfficialName, true>> = { vgg16: true, resnet50: true, inceptionV3: true }

type Test = (value: unknown) => boolean

const isText: Test = (value) => typeof value === 'string'
const isNumber: Test = (value) => typeof value === 'number'
const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0
/** JSON has null for a loss that is not finite. */
const isLoss: Test = (value) => isNumber(value) || value === null
const oneOf =
  (names: object): Test =>
  (value) =>
    isText(value) && Object.hasOwn(names, value as string)
const orNothing =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value)
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test)
const has =
  (tests: Readonly<Record<string, Test>>): Test =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(tests).every(([key, test]) => test((value as Readonly<Record<string, unknown>>)[key]))

const NETWORKS: readonly Test[] = [
  has({ kind: (kind) => kind === 'builtin' }),
  has({ kind: (kind) => kind === 'official', name: oneOf(OFFICIAL) }),
  has({ kind: (kind) => kind === 'url', url: isText }),
  has({ kind: (kind) => kind === 'file', files: listOf(isText) }),
]
const isClass = has({ name: isText, pictures: listOf(has({ file: isText, hash: isText })) })
const areDifferent = (classes: readonly { name: string }[]): boolean => new Set(classes.map(({ name }) => name)).size === classes.length
const isLine = has({ frozen: isCount, cut: isCount, fresh: (fresh) => typeof fresh === 'boolean', pixels: oneOf(PIXELS) })
const isEpoch = has({
  epoch: isCount,
  loss: isLoss,
  accuracy: isNumber,
  valLoss: orNothing(isLoss),
  valAccuracy: orNothing(isNumber),
  learningRate: isNumber,
  seconds: isNumber,
})

const RULES: readonly (readonly [key: keyof About, rule: string, test: Test])[] = [
  ['network', 'a network: builtin, an official one, a URL, or files', (value) => NETWORKS.some((test) => test(value))],
  [
    'classes',
    'classes of different names, with pictures that have file and hash',
    (value) => listOf(isClass)(value) && areDifferent(value as About['classes']),
  ],
  ['epochs', 'a whole number from 1 to 1000', (value) => isCount(value) && (value as number) >= 1 && (value as number) <= 1000],
  ['chosenRate', 'a number above 0, or left out', orNothing((value) => isNumber(value) && (value as number) > 0)],
  ['augment', `changes of pictures (${Object.keys(CHANGES).join(', ')}), or left out`, orNothing(listOf(oneOf(CHANGES)))],
  [
    'line',
    'blocks that are frozen, of those that are used (frozen, cut), with fresh and pixels',
    (value) => isLine(value) && (value as About['line']).frozen <= (value as About['line']).cut,
  ],
  ['curve', 'epochs with loss, accuracy, learningRate and seconds', listOf(isEpoch)],
  ['matrix', 'rows of counts, or left out', orNothing(listOf(listOf(isCount)))],
]

const short = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80)

function parsed(text: string, name: string): Partial<About> | null {
  try {
    return JSON.parse(text) as Partial<About> | null
  } catch {
    throw new Error(`${name}: project.json must be JSON, got ${short(text)}: save the project once more where it is open.`)
  }
}

/**
 * What a file's `project.json` says.
 * @param name of the file, for messages
 * @throws Error for what is no project, one of a newer version, or one with a value that cannot be: names it, the rule and the value
 */
export function aboutOf(text: string, name: string): About {
  const about = parsed(text, name)
  if (about?.format !== FORMAT || typeof about.version !== 'number')
    throw new Error(`${name} is no project of this page: choose a .thaw.zip that it has saved.`)
  if (about.version > VERSION)
    throw new Error(
      `${name} was saved by a newer version of this page (${about.version}, and this one reads ${VERSION}): close all its tabs, and open it anew.`,
    )
  for (const [key, rule, test] of RULES)
    if (!test(about[key]))
      throw new Error(`${name}: ${key} must be ${rule}, got ${short(about[key])}: save the project once more where it is open.`)
  const found = about as About
  return { ...found, augment: found.augment ?? [], curve: found.curve.map(withLosses) }
}

function withLosses(log: About['curve'][number]): About['curve'][number] {
  const numbers = Object.entries(log).map(([key, value]: [string, number | null]) => [key, value ?? NaN])
  return Object.fromEntries(numbers) as About['curve'][number]
}
