/** The project on disk: written when it changes, read when the page opens. One tab writes. */
import { effect, signal } from '@preact/signals'
import type { Change, EpochReport, TrunkChoice } from '../messages.ts'
import { unasked } from '../notice.ts'
import { clearAll, keepPictures, pictureIds, readValue, writePictures, writeValue } from '../store/database.ts'
import * as state from './state.ts'
import type { Card, Interrupted, Line, Picture } from './state.ts'

/** What goes with the network. The best epoch is not among it: its weights are gone with the page. */
interface Taught {
  readonly line: Line
  readonly curve: readonly EpochReport[]
  readonly matrix: readonly (readonly number[])[] | undefined
  readonly trainedOn: readonly string[] | undefined
}

interface Saved extends Taught {
  readonly cards: readonly { id: string; name: string; pictures: readonly { id: string; hash: string }[] }[]
  readonly epochs: number
  readonly chosenRate: number | undefined
  readonly augment: readonly Change[]
}

/** Milliseconds without a change before it is written, and at most while changes go on. */
const [REST, LONGEST] = [400, 5000]

/** As it was read, of classes with these ids. */
let taught: (Taught & { readonly ids: string }) | undefined
/** Until the network that was kept is there, or does not open, what goes with it stays as it was read. */
const opening = signal(true)
let timer: ReturnType<typeof setTimeout> | undefined
/** What is written goes one after the other, so that what is later stays. */
let writing = Promise.resolve(true)
let forgotten = false

const idsOf = (cards: readonly { readonly id: string }[]): string => cards.map(({ id }) => id).join()

/** What was read of what was learned; of other classes nothing was. */
const asRead = ({ ids, trainedOn, ...rest }: NonNullable<typeof taught>): Taught => ({
  ...rest,
  trainedOn: idsOf(state.cards.value) === ids ? trainedOn : undefined,
})

function snapshot(): Saved {
  const { line, epochs, chosenRate, curve, curveBefore, matrix, trainedOn, running, missing } = state
  const now: Taught = {
    line: line.value,
    curve: running.value === 'no' ? curve.value : curveBefore.value,
    matrix: matrix.value,
    trainedOn: trainedOn.value,
  }
  return {
    cards: state.cards.value.map(({ id, name, pictures }) => ({ id, name, pictures: pictures.map((p) => ({ id: p.id, hash: p.hash })) })),
    epochs: epochs.value,
    chosenRate: chosenRate.value,
    augment: state.augment.value,
    ...((opening.value || missing.value) && taught ? asRead(taught) : now),
  }
}

/** Writes, in the tab that keeps the project; what does not work is said, and the page goes on. @returns whether nothing failed */
function keep(action: () => Promise<void>, doing = 'Saving the project'): Promise<boolean> {
  if (state.unkept.value || forgotten) return Promise.resolve(true)
  writing = writing.then(() => unasked(doing, action))
  return writing
}

/** Writes pictures, which from then on are on disk and not in memory. @throws DOMException */
async function writeFresh(pictures: readonly Picture[]): Promise<void> {
  const fresh = pictures.filter(({ blob }) => blob)
  if (!fresh.length) return
  await writePictures(new Map(fresh.map(({ id, blob }) => [id, blob!])))
  for (const picture of fresh) picture.blob = undefined
}

/** Keeps pictures that come in; where that fails they stay in memory, and are tried again with the next change. @returns whether nothing failed */
export const savePictures = (pictures: readonly Picture[]): Promise<boolean> => keep(() => writeFresh(pictures))

const write = (saved: Saved): Promise<boolean> =>
  keep(async () => {
    await writeFresh(state.cards.value.flatMap(({ pictures }) => pictures))
    await writeValue('project', saved)
  })

/** Keeps what was trained, or that nothing is. @returns whether nothing failed */
export const saveWeights = (file: Blob | undefined): Promise<boolean> => keep(() => writeValue('weights', file))

/** Keeps where a training is that goes on, or that none is interrupted. */
export async function saveInterrupted(now: Interrupted | undefined): Promise<void> {
  state.interrupted.value = now
  await keep(() => writeValue('interrupted', now))
}

export const saveChoice = (choice: TrunkChoice): Promise<boolean> => keep(() => writeValue('choice', choice))

/** A class with those of its pictures that are kept. */
const cardOf = ({ id, name, pictures }: Saved['cards'][number], kept: ReadonlySet<string>): Card => ({
  id,
  name,
  pictures: pictures.flatMap((picture): Picture[] => (kept.has(picture.id) ? [{ ...picture, blob: undefined }] : [])),
})

/** Whether this tab is the one that writes; it is until it closes. */
function claim(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request('thaw-teach', { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock ? new Promise<void>(() => {}) : undefined
    })
    held.catch(reject)
  })
}

/** What is opened again before it can be shown. */
export interface Kept {
  readonly choice: TrunkChoice
  readonly line: Line | undefined
  readonly weights: Blob | undefined
}

async function read(): Promise<Kept> {
  const saved = await readValue<Saved>('project')
  const choice = (await readValue<TrunkChoice>('choice')) ?? { kind: 'builtin' }
  const kept = { choice, line: saved?.line, weights: await readValue<Blob>('weights') }
  if (!saved) return kept
  const ids = await pictureIds()
  state.cards.value = saved.cards.map((card) => cardOf(card, ids))
  const { epochs, chosenRate, augment = [], line, curve, matrix, trainedOn } = saved
  state.epochs.value = epochs
  state.chosenRate.value = chosenRate
  state.augment.value = augment
  state.curve.value = curve
  state.matrix.value = matrix
  state.interrupted.value = await readValue<Interrupted>('interrupted')
  taught = { line, curve, matrix, trainedOn, ids: idsOf(saved.cards) }
  return kept
}

/** What was kept; where the browser does not give it, nothing, and then nothing is written. */
export async function openProject(): Promise<Kept> {
  try {
    const mine = await claim()
    if (!mine)
      state.unkept.value = 'This project is open in another tab, which keeps it. What you change here is lost when you close this one.'
    const kept = await read()
    await keep(() => keepPictures(new Set(state.cards.value.flatMap(({ pictures }) => pictures.map(({ id }) => id)))))
    return kept
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    state.unkept.value = `This browser does not let the page keep the project (${why}). What you do here is lost when you close the tab: allow it site data.`
    return { choice: { kind: 'builtin' }, line: undefined, weights: undefined }
  }
}

/** Keeps the project as it is now. @returns whether nothing failed */
export function saveProject(): Promise<boolean> {
  clearTimeout(timer)
  return write(snapshot())
}

/** Keeps every change from now on. */
export function keepProject(): void {
  let due = Infinity
  effect(() => {
    const now = snapshot()
    clearTimeout(timer)
    due = Math.min(due, performance.now() + LONGEST)
    const writes = () => {
      due = Infinity
      void write(now)
    }
    timer = setTimeout(writes, Math.max(0, Math.min(REST, due - performance.now())))
  })
}

/** Whether what was learned, as it was read, is about the classes that there are. */
export const isLearned = (): boolean => taught !== undefined && asRead(taught).trainedOn !== undefined

/** What was read is there, or does not open: from now on what goes with the network is kept as it is. */
export function projectOpened(): void {
  opening.value = false
}

/** Takes everything away that was kept; nothing is kept from then on. @returns whether nothing failed */
export async function forgetProject(): Promise<boolean> {
  clearTimeout(timer)
  const gone = keep(clearAll, 'Forgetting the project')
  forgotten = true
  forgotten = await gone
  return gone
}
