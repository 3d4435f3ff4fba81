/** The project on disk: written when it changes, read when the page opens. One tab writes. */
import { effect } from '@preact/signals'
import type { EpochReport, TrunkChoice } from '../messages.ts'
import { complain, complainOf } from '../notice.ts'
import { clearAll, keepPictures, readPicture, readValue, writePictures, writeValue } from '../store/database.ts'
import * as state from './state.ts'
import type { Card, Line, Picture } from './state.ts'

interface Saved {
  readonly cards: readonly { id: string; name: string; pictures: readonly { id: string; hash: string }[] }[]
  readonly line: Line
  readonly epochs: number
  readonly chosenRate: number | undefined
  readonly curve: readonly EpochReport[]
  readonly matrix: readonly (readonly number[])[] | undefined
  readonly best: number
  readonly trainedOn: readonly string[] | undefined
}

/** Milliseconds without a change before it is written. */
const REST = 400

let mine = false
const written = new Set<string>()
let timer: ReturnType<typeof setTimeout> | undefined

function snapshot(): Saved {
  const { line, epochs, chosenRate, curve, matrix, best, trainedOn, running } = state
  return {
    cards: state.cards.value.map(({ id, name, pictures }) => ({ id, name, pictures: pictures.map((p) => ({ id: p.id, hash: p.hash })) })),
    line: line.value,
    epochs: epochs.value,
    chosenRate: chosenRate.value,
    curve: running.value === 'no' ? curve.value : [],
    matrix: matrix.value,
    best: best.value,
    trainedOn: trainedOn.value,
  }
}

async function write(saved: Saved): Promise<void> {
  if (!mine) return
  const fresh = state.cards.value.flatMap(({ pictures }) => pictures).filter(({ id }) => !written.has(id))
  try {
    if (fresh.length) await writePictures(new Map(fresh.map(({ id, blob }) => [id, blob])))
    fresh.forEach(({ id }) => written.add(id))
    await writeValue('project', saved)
  } catch (error) {
    complainOf('Saving the project', error)
  }
}

/** Keeps what was trained, or that nothing is. */
export async function saveWeights(file: Blob | undefined): Promise<void> {
  if (mine) await writeValue('weights', file)
}

export async function saveChoice(choice: TrunkChoice): Promise<void> {
  if (mine) await writeValue('choice', choice)
}

async function pictureOf({ id, hash }: { id: string; hash: string }): Promise<Picture[]> {
  const blob = await readPicture(id)
  return blob ? [{ id, hash, blob, url: URL.createObjectURL(blob) }] : []
}

async function cardOf({ id, name, pictures }: Saved['cards'][number]): Promise<Card> {
  return { id, name, pictures: (await Promise.all(pictures.map(pictureOf))).flat() }
}

/** Whether this tab is the one that writes; it is until it closes. */
function claim(): Promise<boolean> {
  return new Promise((resolve) => {
    void navigator.locks.request('thaw-teach', { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock ? new Promise<void>(() => {}) : undefined
    })
  })
}

/** What is opened again before it can be shown. */
export interface Kept {
  readonly choice: TrunkChoice
  readonly line: Line | undefined
  readonly weights: Blob | undefined
  readonly trainedOn: readonly string[] | undefined
}

/** What was kept. */
export async function openProject(): Promise<Kept> {
  mine = await claim()
  if (!mine) complain('This project is open in another tab, which keeps it. What you change here is lost when you close this one.')
  const saved = await readValue<Saved>('project')
  if (saved) {
    state.cards.value = await Promise.all(saved.cards.map(cardOf))
    state.cards.value.forEach(({ pictures }) => pictures.forEach(({ id }) => written.add(id)))
    state.epochs.value = saved.epochs
    state.chosenRate.value = saved.chosenRate
    state.curve.value = saved.curve
    state.matrix.value = saved.matrix
    state.best.value = saved.best
    if (mine) await keepPictures(written)
  }
  const choice = (await readValue<TrunkChoice>('choice')) ?? { kind: 'builtin' }
  return { choice, line: saved?.line, weights: await readValue<Blob>('weights'), trainedOn: saved?.trainedOn }
}

/** Keeps every change from now on. */
export function keepProject(): void {
  effect(() => {
    const now = snapshot()
    clearTimeout(timer)
    timer = setTimeout(() => void write(now), REST)
  })
}

/** Takes everything away that was kept. */
export async function forgetProject(): Promise<void> {
  written.clear()
  if (mine) await clearAll()
}
