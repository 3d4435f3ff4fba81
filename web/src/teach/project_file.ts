/** The project as one file: a zip archive with a folder of pictures for each class, what was learned, and what is set. */
import { engine } from '../engine.ts'
import type { Change, EpochReport, TrunkChoice } from '../messages.ts'
import * as state from './state.ts'
import type { Card, Line, Picture } from './state.ts'

const FORMAT = 'thaw-project'
const VERSION = 1
const ABOUT = 'project.json'
const LEARNED = 'learned.weights.h5'
const KIND = 'a project'

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

/** What `project.json` holds. Pictures and files of a network are by their names in the archive. */
interface About extends Omit<Project, 'choice' | 'cards' | 'weights'> {
  readonly format: typeof FORMAT
  readonly version: number
  readonly network: Exclude<TrunkChoice, { kind: 'file' }> | { readonly kind: 'file'; readonly files: readonly string[] }
  readonly classes: readonly { readonly name: string; readonly pictures: readonly { readonly file: string; readonly hash: string }[] }[]
}

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

const placesOf = (cards: readonly Card[]): Map<Picture, string> =>
  new Map(
    cards.flatMap(({ name, pictures }, k) => {
      const like = cards.findIndex((other) => plain(other.name) === plain(name))
      const folder = like === k ? plain(name) : `${plain(name)} ${k + 1}`
      return pictures.map((picture, i): [Picture, string] => [
        picture,
        `pictures/${folder}/${String(i + 1).padStart(4, '0')}.${picture.blob.type === 'image/png' ? 'png' : 'jpg'}`,
      ])
    }),
  )

/** @throws what the engine throws */
export async function projectFile({ choice, cards, weights, ...rest }: Project): Promise<{ file: Blob; name: string }> {
  const files = choice.kind === 'file' ? choice.files : []
  const network = choice.kind === 'file' ? { kind: choice.kind, files: files.map(({ name }) => name) } : choice
  const places = placesOf(cards)
  const classes = cards.map(({ name, pictures }) => ({ name, pictures: pictures.map((p) => ({ file: places.get(p)!, hash: p.hash })) }))
  const about: About = { format: FORMAT, version: VERSION, network, classes, ...rest }
  const members = new Map([[ABOUT, new Blob([JSON.stringify(about, null, 1)])]])
  for (const [{ blob }, place] of places) members.set(place, blob)
  if (weights) members.set(LEARNED, weights)
  for (const file of files) members.set(`network/${file.name}`, file)
  const name = cards.map((card) => plain(card.name)).join('-').slice(0, 60) || 'project' // prettier-ignore
  return { file: await engine.pack(members), name: `${name}.thaw.zip` }
}

function aboutOf(text: string, name: string): About {
  const about = JSON.parse(text) as Partial<About> | null
  if (about?.format !== FORMAT || typeof about.version !== 'number')
    throw new Error(`${name} is no project of this page: choose a .thaw.zip that it has saved.`)
  if (about.version > VERSION)
    throw new Error(
      `${name} was saved by a newer version of this page (${about.version}, and this one reads ${VERSION}): close all its tabs, and open it anew.`,
    )
  return about as About
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
    return { id: crypto.randomUUID(), hash, blob, url: URL.createObjectURL(blob) }
  }
  const { network, classes, epochs, chosenRate, augment = [], line, curve, matrix } = aboutOf(await fileOf(ABOUT).text(), file.name)
  const choice: TrunkChoice =
    network.kind === 'file' ? { kind: 'file', files: network.files.map((name) => new File([fileOf(`network/${name}`)], name)) } : network
  const cards = classes.map(({ name, pictures }): Card => ({ id: crypto.randomUUID(), name, pictures: pictures.map(pictureOf) }))
  return { choice, line, cards, epochs, chosenRate, augment, curve, matrix, weights: files.get(LEARNED) }
}
