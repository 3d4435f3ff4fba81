/** Pictures come: as files, in folders, in zip archives, drawn. What comes with one press is taken back with one. */
import { engine } from '../engine.ts'
import { attempt, complain, notice, sentenceOf } from '../notice.ts'
import { Arrival } from './arrival.ts'
import { newCard, type Named } from './pictures.ts'
import * as state from './state.ts'
import type { Step } from './state.ts'

const PICTURE = /\.(png|jpe?g|webp|gif|bmp|avif)$/i

const isZip = ({ name, type }: File): boolean =>
  /\.zip$/i.test(name) || type === 'application/zip' || type === 'application/x-zip-compressed'

/** The last arrival, how many are not done, and what is to be said of those that were under way together. */
let last: Promise<void> = Promise.resolve()
let open = 0
let said: readonly string[] = []

/** Takes what arrives, when its turn comes. What is a part of an earlier change leaves what was said. @param fill finds it */
function receive(arrival: Arrival, fill: () => void | Promise<void>): Promise<void> {
  if (!open++) {
    said = []
    if (!arrival.step) notice.value = undefined
  }
  const taken = async () => {
    await fill()
    return arrival.take()
  }
  const run = async () => {
    const sentence = await state.whileTaking(taken).catch((error: unknown) => sentenceOf('Adding pictures', error))
    state.busyTaking.value = ''
    open--
    if (!sentence) return
    const { value } = notice
    const meanwhile = value?.kind === 'problem' && value.text !== said.join(' ') ? [value.text] : [] // such as that there is no room
    said = [...said, ...meanwhile, sentence]
    complain(said.join(' '))
  }
  last = last.then(run)
  return last
}

/**
 * Files go into a class, but folders of archives into classes of their names.
 * @param upon see {@link change}
 * @returns what can be taken back, to go on from
 */
export async function addPictures(card: Named, files: readonly File[], upon?: Step): Promise<Step | undefined> {
  const arrival = new Arrival(upon)
  arrival.knows(card)
  await receive(arrival, async () => {
    for (const file of files)
      if (isZip(file)) await arrival.putZip(file, card.name)
      else arrival.put(card.name, file)
  })
  return arrival.step
}

/** Archives; what is in no folder goes into a class of the archive's name. */
export function addZips(files: readonly File[]): Promise<void> {
  const arrival = new Arrival()
  return receive(arrival, async () => {
    for (const file of files) await arrival.putZip(file, file.name.replace(/\.zip$/i, ''))
  })
}

/** Folders become classes of their names. */
export async function addFolders(files: readonly File[]): Promise<void> {
  const pictures = files.filter(({ name }) => PICTURE.test(name))
  if (!pictures.length)
    return complain('No pictures were found there: choose a folder with PNG, JPEG or WebP files, or one folder for each class.')
  const arrival = new Arrival()
  await receive(arrival, () => pictures.forEach((file) => arrival.put(file.webkitRelativePath.split('/').at(-2) ?? 'Pictures', file)))
}

/** What was pasted goes into the last class, or a new one. */
export function addPasted(files: readonly File[]): Promise<void> {
  const arrival = new Arrival()
  return receive(arrival, () => {
    const card = state.cards.value.at(-1) ?? newCard()
    arrival.knows(card)
    for (const file of files) arrival.put(card.name, file)
  })
}

/** Two classes of drawn figures. */
export async function addDemo(): Promise<void> {
  await attempt('Drawing the demo set', async () => {
    const made = await engine.demo(30)
    const arrival = new Arrival()
    await receive(arrival, () => {
      const { value } = state.cards
      if (value.length && value.every(({ pictures }) => !pictures.length)) arrival.replaceAll()
      made.forEach(({ name, pictures }) => pictures.forEach((picture) => arrival.put(name, picture)))
    })
  })
}
