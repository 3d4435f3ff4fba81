/** Pictures come: as files, in folders, in zip archives, drawn. */
import { engine } from '../engine.ts'
import type { ZippedPicture } from '../messages.ts'
import { attempt, complain } from '../notice.ts'
import { addCard, change, edited } from './pictures.ts'
import * as state from './state.ts'
import type { Picture, Step } from './state.ts'

/** Pictures that are read between two signs of life. */
const AT_ONCE = 16
const PICTURE = /\.(png|jpe?g|webp|gif|bmp|avif)$/i

type Given = File | ZippedPicture

/** Pictures by their folders; those in none under undefined. */
type Folders = Map<string | undefined, Given[]>

const isZip = ({ name, type }: File): boolean =>
  /\.zip$/i.test(name) || type === 'application/zip' || type === 'application/x-zip-compressed'

/** Reads files in the worker and adds those that are pictures. @returns which are not, and why */
async function take(id: string, given: readonly Given[]): Promise<string[]> {
  const refused: string[] = []
  let step: Step | undefined
  let count = 0
  for (let at = 0; at < given.length; at += AT_ONCE) {
    if (given.length > AT_ONCE) state.busyTaking.value = `Reading pictures: ${at} of ${given.length}`
    const taken = await engine.take(given.slice(at, at + AT_ONCE))
    const pictures = taken.flatMap((one): Picture[] => {
      if (one.ok) return [{ id: crypto.randomUUID(), hash: one.hash, blob: one.blob, url: URL.createObjectURL(one.blob) }]
      refused.push(`${one.name}: ${one.why}`)
      return []
    })
    if (!pictures.length) continue
    count += pictures.length
    const next = edited(id, (c) => ({ ...c, pictures: [...c.pictures, ...pictures] }))
    step = change(`adding ${count === 1 ? 'a picture' : `${count} pictures`}`, next, step)
  }
  return refused
}

const cardNamed = (name: string): string => state.cards.value.find((card) => card.name === name)?.id ?? addCard(name)

/** Each folder goes into the class of its name. @param loose gives the class of those in none */
async function takeFolders(find: () => Promise<Folders>, loose: () => string): Promise<void> {
  const refused: string[] = []
  const worked = await attempt('Adding pictures', () =>
    state.whileTaking(async () => {
      for (const [name, given] of await find()) refused.push(...(await take(name === undefined ? loose() : cardNamed(name), given)))
    }),
  )
  state.busyTaking.value = ''
  const more = refused.length > 1 ? `, and ${refused.length - 1} more` : ''
  if (worked && refused.length) complain(`Not taken: ${refused[0]}${more}. All others were.`)
}

function put(folders: Folders, path: string, picture: Given): void {
  const name = path.split('/').at(-2)
  const list = folders.get(name)
  if (list) list.push(picture)
  else folders.set(name, [picture])
}

async function unpacked(files: readonly File[]): Promise<Folders> {
  const folders: Folders = new Map()
  for (const file of files) {
    if (!isZip(file)) put(folders, file.name, file)
    else {
      const pictures = await engine.listZip(file)
      if (!pictures.length)
        throw new Error(`${file.name} has no pictures in it: put PNG, JPEG or WebP files there, in a folder for each class.`)
      for (const picture of pictures) put(folders, picture.path, picture)
    }
  }
  return folders
}

/** Files go into a class, but folders of archives into classes of their names. @param id of the class */
export const addPictures = (id: string, files: readonly File[]): Promise<void> =>
  takeFolders(
    () => unpacked(files),
    () => id,
  )

/** Archives; what is in no folder goes into a class of the archive's name. */
export async function addZips(files: readonly File[]): Promise<void> {
  for (const file of files)
    await takeFolders(
      () => unpacked([file]),
      () => cardNamed(file.name.replace(/\.zip$/i, '')),
    )
}

/** Folders become classes of their names. */
export async function addFolders(files: readonly File[]): Promise<void> {
  const folders: Folders = new Map()
  for (const file of files) if (PICTURE.test(file.name)) put(folders, file.webkitRelativePath, file)
  if (!folders.size)
    return complain('No pictures were found there: choose a folder with PNG, JPEG or WebP files, or one folder for each class.')
  await takeFolders(
    () => Promise.resolve(folders),
    () => cardNamed('Pictures'),
  )
}

/** Two classes of drawn figures. */
export async function addDemo(): Promise<void> {
  await attempt('Drawing the demo set', async () => {
    const made = await engine.demo(30)
    if (state.cards.value.every(({ pictures }) => !pictures.length) && state.cards.value.length) change('making room for the demo set', [])
    for (const { name, pictures } of made) await addPictures(cardNamed(name), pictures)
  })
}
