/** What the page knows of the project. */
import { computed, signal } from '@preact/signals'
import type { Change, Cost, EpochReport, KeptPicture, Labelled, PlanInfo, TeachPlan, TrunkChoice, TrunkInfo } from '../messages.ts'
import type { Pixels } from '../pixels.ts'

export interface Picture extends KeptPicture {
  /** Of what is in it: two with one hash are the same. */
  readonly hash: string
  /** At first; when the browser keeps it, it is there and not in memory. */
  blob: Blob | undefined
}

export interface Card {
  readonly id: string
  readonly name: string
  readonly pictures: readonly Picture[]
}

/** What was done to the cards, and how they were before it. */
export interface Step {
  readonly what: string
  readonly before: readonly Card[]
}

export interface Line {
  readonly frozen: number
  readonly cut: number
  readonly fresh: boolean
  readonly pixels: Pixels
}

export interface Progress {
  readonly phase: 'features' | 'train' | 'validate'
  readonly epoch: number
  readonly done: number
  readonly total: number
}

/** A training that ended before its time: what it goes on from. */
export interface Interrupted {
  readonly state: Blob
  /** Of the cards and the line that it was about, see `trainingKey`. */
  readonly key: string
  /** All that was shown, as far as the state goes. */
  readonly curve: readonly EpochReport[]
  /** Epochs of the curve that are of trainings before it. */
  readonly before: number
  readonly epochs: number
  readonly learningRate: number
  readonly augment: readonly Change[]
}

/** All of a project. */
export interface Project {
  readonly choice: TrunkChoice
  readonly line: Line
  readonly cards: readonly Card[]
  readonly epochs: number
  readonly chosenRate: number | undefined
  readonly augment: readonly Change[]
  readonly curve: readonly EpochReport[]
  readonly matrix: readonly (readonly number[])[] | undefined
  /** What was learned with these classes; undefined where nothing was. */
  readonly weights: Blob | undefined
}

export interface Mistake {
  readonly picture: Picture
  readonly is: string
  readonly guess: string
  /** Of the guess. */
  readonly probability: number
}

/** A settled project has at least so many pictures in a class. */
export const FEWEST = 2
/** Of a class, each picture whose place is the last of so many is kept for validation. */
const EVERY = 5

export const choice = signal<TrunkChoice>({ kind: 'builtin' })
export const trunk = signal<TrunkInfo | undefined>(undefined)
/** What is being opened, in words; empty when nothing is. */
export const opening = signal('')
/** Its name; empty where there is none. */
export const device = signal('')
/** Why there is no device, in a sentence. */
export const deviceless = signal('')
/** Why this tab does not keep the project, in a sentence; empty where it does. */
export const unkept = signal('')
/** The network that was kept, where it did not open: what was learned with it stays kept until another takes its place. */
export const missing = signal<TrunkChoice | undefined>(undefined)

export const cards = signal<readonly Card[]>([])
export const busyTaking = signal('')
/** How many things are being taken in: pictures, or a project. It cannot be trained meanwhile. */
export const taking = signal(0)
export const undoable = signal<readonly Step[]>([])

export const line = signal<Line>({ frozen: 0, cut: 0, fresh: false, pixels: 'none' })
export const planned = signal<PlanInfo | undefined>(undefined)
export const cost = signal<Cost | undefined>(undefined)

export const epochs = signal(30)
/** Undefined: as the plan advises. */
export const chosenRate = signal<number | undefined>(undefined)

/** How pictures are changed while it trains. */
export const augment = signal<readonly Change[]>([])

export const running = signal<'no' | 'yes' | 'paused'>('no')
export const progress = signal<Progress | undefined>(undefined)
/** Pictures a second, and seconds that are left; of the training that runs. */
export const speed = signal<{ readonly rate: number; readonly left: number } | undefined>(undefined)
export const curve = signal<readonly EpochReport[]>([])
/** What the curve was when the training that runs began: its epochs are behind. */
export const curveBefore = signal<readonly EpochReport[]>([])
export const matrix = signal<readonly (readonly number[])[] | undefined>(undefined)
export const best = signal(0)
export const atBest = signal(false)
export const mistakes = signal<readonly Mistake[]>([])
/** Whether the model was trained with the classes that there are. */
export const trained = signal(false)

export const interrupted = signal<Interrupted | undefined>(undefined)
/** That a device was lost in the last training, in a sentence. */
export const recovered = signal('')

export const classNames = computed(() => cards.value.map(({ name }) => name))
/** What its classes are called now; undefined where none was trained, or classes have come or gone since. */
export const trainedOn = computed(() => (trained.value ? classNames.value : undefined))
export const isChecked = (place: number, count: number): boolean =>
  count >= EVERY ? place % EVERY === EVERY - 1 : count > FEWEST && place === count - 1

const labelled = (checked: boolean): Labelled[] =>
  cards.value.flatMap(({ pictures }, label) =>
    pictures.flatMap((picture, i) => (isChecked(i, pictures.length) === checked ? [{ picture, label }] : [])),
  )
export const trainSet = computed(() => labelled(false))
export const validationSet = computed(() => labelled(true))

export const teachPlan = computed((): TeachPlan => ({ ...line.value, classNames: classNames.value }))
export const rate = computed(() => chosenRate.value ?? planned.value?.learningRate ?? 1e-3)

/** What a training is about: where it differs, one that was interrupted cannot go on. */
export const trainingKey = computed(() =>
  JSON.stringify([trunk.value?.name, line.value, trained.value, cards.value.map(({ pictures }) => pictures.map(({ id }) => id))]),
)
/** The training that can go on. */
export const resumable = computed(() => {
  const found = interrupted.value
  return found && running.value === 'no' && !missing.value && found.key === trainingKey.value ? found : undefined
})

/** Why it cannot be trained yet; empty where it can. */
export const blocker = computed(() => {
  if (!trunk.value) return 'Choose a network first.'
  if (cards.value.length < 2) return 'Make at least two classes: a network learns to tell one thing from another.'
  const poor = cards.value.find(({ pictures }) => pictures.length < FEWEST)
  return poor ? `“${poor.name}” has ${poor.pictures.length ? 'one picture' : 'no pictures'}: give it ${FEWEST} or more.` : ''
})

/** What somebody should know of the pictures, in sentences. */
export const remarks = computed((): readonly string[] => {
  const found: string[] = []
  const counts = cards.value.map(({ pictures }) => pictures.length)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  if (cards.value.length > 1 && least && most >= 2 * least + 4) {
    const [few, many] = [least, most].map((n) => cards.value[counts.indexOf(n)]!.name)
    found.push(`Imbalance: “${many}” has ${most} pictures and “${few}” ${least}. The network will prefer “${many}”; give “${few}” more.`)
  }
  return [...found, ...duplicates()]
})

function duplicates(): string[] {
  const where = new Map<string, Set<string>>()
  let twice = 0
  for (const { name, pictures } of cards.value) {
    for (const { hash } of pictures) {
      const names = where.get(hash)
      if (names) twice++
      where.set(hash, (names ?? new Set()).add(name))
    }
  }
  const across = [...where.values()].filter((names) => names.size > 1).length
  if (across) return [`The same picture is in two classes (${across} of them): the network cannot learn that. Take it out of one.`]
  const many = twice === 1 ? 'One picture is' : `${twice} pictures are`
  return twice ? [`${many} there twice: validation may look better than it is.`] : []
}

/** Says that something is being taken in for as long as it is. */
export async function whileTaking<T>(action: () => Promise<T>): Promise<T> {
  taking.value++
  try {
    return await action()
  } finally {
    taking.value--
  }
}
