/** The project as one file: a zip archive with a folder of pictures for each class, what was learned, and what is set. */
import { engine } from '../engine.ts'
import type { TrunkChoice } from '../messages.ts'
import { contentOf } from '../store/database.ts'
import { aboutOf, FORMAT, VERSION, type About } from './project_about.ts'
import * as state from './state.ts'
import type { Card, Picture, Project } from './state.ts'

const ABOUT = 'project.json'
const LEARNED = 'learned.weights.h5'
const KIND = 'a project'

/** The project as it is now. @throws Error where its network is not there, so that what was learned cannot be read */
export async function presentProject(): Promise<Project> {
  if (state.missing.value) throw new Error('Its network did not open: reload the page, so that it does, and save then.')
  const { choice, line, cards, epochs, chosenRate, augment, curve, matrix } = state
  return {
    choice: choice.value,
    line: line.value,
    cards: cards.value,
    epochs: epochs.value,
    chosenRate: chosenRate.value,
    augment: augment.value,
    curve: curve.value,
    matrix: matrix.value,
    weights: state.trained.value ? await engine.saveWeights() : undefined,
  }
}

/** As the name of a file, on every system. */
const plain = (name: string): string => name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, '_').replace(/^\.+|[. ]+$/g, '_')

/** A folder for each class: no two have one, not even where capitals are not told from small letters. */
function foldersOf(cards: readonly Card[]): string[] {
  const taken = new Set<string>()
  return cards.map((card) => {
    const name = plain(card.name)
    let folder = name
    for (let n = 2; taken.has(folder.toLowerCase()); n++) folder = `${name} ${n}`
    taken.add(folder.toLowerCase())
    return folder
  })
}

interface Placed {
  readonly file: string
  readonly hash: string
  readonly content: Blob
}

/** The pictures of each class, and where they are in the archive. @throws Error for one that the browser has lost */
function placed(cards: readonly Card[]): Promise<Placed[][]> {
  const folders = foldersOf(cards)
  const place = async (picture: Picture, i: number, k: number): Promise<Placed> => {
    const content = await contentOf(picture)
    const name = `${String(i + 1).padStart(4, '0')}.${content.type === 'image/png' ? 'png' : 'jpg'}`
    return { file: `pictures/${folders[k]}/${name}`, hash: picture.hash, content }
  }
  return Promise.all(cards.map(({ pictures }, k) => Promise.all(pictures.map((picture, i) => place(picture, i, k)))))
}

/** @throws what the engine throws */
export async function projectFile({ choice, cards, weights, ...rest }: Project): Promise<{ file: Blob; name: string }> {
  const files = choice.kind === 'file' ? choice.files : []
  const network = choice.kind === 'file' ? { kind: choice.kind, files: files.map(({ name }) => name) } : choice
  const pictures = await placed(cards)
  const classes = cards.map(({ name }, k) => ({ name, pictures: pictures[k]!.map(({ file, hash }) => ({ file, hash })) }))
  const about: About = { format: FORMAT, version: VERSION, network, classes, ...rest }
  const members = new Map([[ABOUT, new Blob([JSON.stringify(about, null, 1)])]])
  for (const { file, content } of pictures.flat()) members.set(file, content)
  if (weights) members.set(LEARNED, weights)
  for (const file of files) members.set(`network/${file.name}`, file)
  const name = cards.map((card) => plain(card.name)).join('-').slice(0, 60) || 'project' // prettier-ignore
  return { file: await engine.pack(members, KIND), name: `${name}.thaw.zip` }
}

/** @throws RemoteError, Error for what is no project, a broken one, or one of a newer version */
export async function readProject(file: File): Promise<Project> {
  const files = await engine.unpack(file, ABOUT, KIND)
  const fileOf = (name: string): Blob => {
    const found = files.get(name)
    if (found) return found
    throw new Error(`${file.name} lacks ${name}: save the project once more where it is open.`)
  }
  const pictureOf = ({ file: place, hash }: About['classes'][number]['pictures'][number]): Picture => {
    const blob = new Blob([fileOf(place)], { type: place.endsWith('.png') ? 'image/png' : 'image/jpeg' })
    return { id: crypto.randomUUID(), hash, blob }
  }
  const { network, classes, epochs, chosenRate, augment, line, curve, matrix } = aboutOf(await fileOf(ABOUT).text(), file.name)
  const choice: TrunkChoice =
    network.kind === 'file' ? { kind: 'file', files: network.files.map((name) => new File([fileOf(`network/${name}`)], name)) } : network
  const cards = classes.map(({ name, pictures }): Card => ({ id: crypto.randomUUID(), name, pictures: pictures.map(pictureOf) }))
  return { choice, line, cards, epochs, chosenRate, augment, curve, matrix, weights: files.get(LEARNED) }
}
