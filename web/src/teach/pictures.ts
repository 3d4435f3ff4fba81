/** Classes and their pictures come, go, and come back. */
import { engine } from '../engine.ts'
import { attempt, complain } from '../notice.ts'
import * as state from './state.ts'
import type { Card, Picture } from './state.ts'

/** Steps that can be taken back. */
const STEPS = 20
/** Pictures that are read between two signs of life. */
const AT_ONCE = 16

function change(what: string, next: readonly Card[]): void {
  state.undoable.value = [...state.undoable.value, { what, before: state.cards.value }].slice(-STEPS)
  if (next.length !== state.cards.value.length) state.trainedOn.value = undefined
  state.cards.value = next
}

export function undo(): void {
  const last = state.undoable.value.at(-1)
  if (!last) return
  if (last.before.length !== state.cards.value.length) state.trainedOn.value = undefined
  state.cards.value = last.before
  state.undoable.value = state.undoable.value.slice(0, -1)
}

const edited = (id: string, edit: (card: Card) => Card): Card[] => state.cards.value.map((card) => (card.id === id ? edit(card) : card))

export function addCard(name?: string): string {
  const id = crypto.randomUUID()
  const names = state.classNames.value
  let n = names.length + 1
  while (names.includes(`Class ${n}`)) n++
  change('adding a class', [...state.cards.value, { id, name: name ?? `Class ${n}`, pictures: [] }])
  return id
}

export const removeCard = ({ id, name }: Card): void =>
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

export const removePicture = (card: Card, picture: Picture): void =>
  change(
    'removing a picture',
    edited(card.id, (c) => ({ ...c, pictures: c.pictures.filter((p) => p !== picture) })),
  )

export const clearCard = (card: Card): void =>
  change(
    `removing ${card.pictures.length} pictures`,
    edited(card.id, (c) => ({ ...c, pictures: [] })),
  )

/** Reads files in the worker and adds those that are pictures; says which are not. @param id of the class */
export async function addPictures(id: string, files: readonly File[]): Promise<void> {
  const refused: string[] = []
  await attempt('Adding pictures', async () => {
    for (let at = 0; at < files.length; at += AT_ONCE) {
      if (files.length > AT_ONCE) state.busyTaking.value = `Reading pictures: ${at} of ${files.length}`
      const taken = await engine.take(files.slice(at, at + AT_ONCE))
      const pictures = taken.flatMap((one): Picture[] => {
        if (one.ok) return [{ id: crypto.randomUUID(), hash: one.hash, blob: one.blob, url: URL.createObjectURL(one.blob) }]
        refused.push(`${one.name}: ${one.why}`)
        return []
      })
      if (pictures.length)
        change(
          `adding ${pictures.length} pictures`,
          edited(id, (c) => ({ ...c, pictures: [...c.pictures, ...pictures] })),
        )
    }
  })
  state.busyTaking.value = ''
  const more = refused.length > 1 ? `, and ${refused.length - 1} more` : ''
  if (refused.length) complain(`Not taken: ${refused[0]}${more}. All others were.`)
}

/** Folders become classes of their names, files go into one class. */
export async function addFolders(files: readonly File[]): Promise<void> {
  const folders = new Map<string, File[]>()
  for (const file of files) {
    const path = file.webkitRelativePath.split('/')
    const name = path.at(-2) ?? 'Pictures'
    if (/\.(png|jpe?g|webp|gif|bmp|avif)$/i.test(file.name)) folders.set(name, [...(folders.get(name) ?? []), file])
  }
  if (!folders.size)
    return complain('No pictures were found there: choose a folder with PNG, JPEG or WebP files, or one folder for each class.')
  for (const [name, list] of folders) {
    const id = state.cards.value.find((card) => card.name === name)?.id ?? addCard(name)
    await addPictures(id, list)
  }
}

/** Two classes of drawn figures. */
export async function addDemo(): Promise<void> {
  await attempt('Drawing the demo set', async () => {
    const made = await engine.demo(30)
    if (state.cards.value.every(({ pictures }) => !pictures.length) && state.cards.value.length) change('making room for the demo set', [])
    for (const { name, pictures } of made) {
      const id = state.cards.value.find((card) => card.name === name)?.id ?? addCard(name)
      await addPictures(id, pictures)
    }
  })
}
