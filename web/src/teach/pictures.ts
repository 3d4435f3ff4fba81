/** Classes and their pictures come, go, and come back. */
import { complain } from '../notice.ts'
import * as state from './state.ts'
import type { Card, Picture } from './state.ts'

/** Steps that can be taken back. */
const STEPS = 20

/** Shows these cards. What was trained with other classes is trained no more. */
function show(next: readonly Card[]): void {
  const now = state.cards.value
  if (next.length !== now.length || next.some(({ id }, i) => id !== now[i]!.id)) state.trained.value = false
  state.cards.value = next
}

/** A change that can be taken back. @param upon the change before it, of which it is a part: both are taken back at once */
export function change(what: string, next: readonly Card[], upon?: state.Step): state.Step {
  const steps = state.undoable.value
  const together = upon !== undefined && steps.at(-1) === upon
  const step = { what, before: together ? upon.before : state.cards.value }
  state.undoable.value = [...(together ? steps.slice(0, -1) : steps), step].slice(-STEPS)
  show(next)
  return step
}

export function undo(): void {
  const last = state.undoable.value.at(-1)
  if (!last) return
  show(last.before)
  state.undoable.value = state.undoable.value.slice(0, -1)
}

export const edited = (id: string, edit: (card: Card) => Card): Card[] =>
  state.cards.value.map((card) => (card.id === id ? edit(card) : card))

/** Which class is meant. */
export type Named = Pick<Card, 'id' | 'name'>

/** A class without pictures, of a name that none has; it is not among them yet. */
export function newCard(): Card {
  const names = state.classNames.value
  let n = names.length + 1
  while (names.includes(`Class ${n}`)) n++
  return { id: crypto.randomUUID(), name: `Class ${n}`, pictures: [] }
}

export const addCard = (): state.Step => change('adding a class', [...state.cards.value, newCard()])

/** The cards with more pictures in a class, which is made where there is none. */
export function withPictures({ id, name }: Named, pictures: readonly Picture[]): Card[] {
  const { value } = state.cards
  const cards = value.some((card) => card.id === id) ? value : [...value, { id, name, pictures: [] }]
  return cards.map((card) => (card.id === id ? { ...card, pictures: [...card.pictures, ...pictures] } : card))
}

export const removeCard = ({ id, name }: Card): state.Step =>
  change(
    `removing “${name}”`,
    state.cards.value.filter((card) => card.id !== id),
  )

/** A name that another class has, or none, is refused. @returns whether it is the name now */
export function renameCard(card: Card, name: string): boolean {
  const next = name.trim()
  if (next === card.name) return true
  if (!next || state.classNames.value.includes(next)) {
    complain(next ? `There is a class “${next}” already: take another name.` : 'A class needs a name.')
    return false
  }
  change(
    `renaming “${card.name}”`,
    edited(card.id, (c) => ({ ...c, name: next })),
  )
  return true
}

export const removePicture = (card: Card, picture: Picture): state.Step =>
  change(
    'removing a picture',
    edited(card.id, (c) => ({ ...c, pictures: c.pictures.filter((p) => p !== picture) })),
  )

export const clearCard = (card: Card): state.Step =>
  change(
    `removing ${card.pictures.length} pictures`,
    edited(card.id, (c) => ({ ...c, pictures: [] })),
  )
