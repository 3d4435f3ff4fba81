/** Pictures that come together: where they go, and which of them are none. */
import { engine } from '../engine.ts'
import type { ZippedPicture } from '../messages.ts'
import { plain, sentenceOf } from '../notice.ts'
import { change, withPictures, type Named } from './pictures.ts'
import { savePictures } from './project.ts'
import * as state from './state.ts'
import type { Picture, Step } from './state.ts'

/** Pictures that are read between two signs of life. */
const AT_ONCE = 16
/** Refusals that are told word by word. */
const TOLD = 3

type Given = File | ZippedPicture

/** How many pictures each step has brought, with those that it is upon. */
const brought = new WeakMap<Step, number>()

export class Arrival {
  readonly #classes = new Map<string, Given[]>()
  /** Of classes by the names that they had when this began. */
  readonly #ids = new Map<string, string>()
  readonly #refused: string[] = []
  #failure: unknown
  #taken: number
  #step: Step | undefined

  /** @param upon the change that this is a part of, see {@link change} */
  constructor(upon?: Step) {
    this.#step = upon
    this.#taken = (upon && brought.get(upon)) ?? 0
  }

  /** What can be taken back: all that came so far. */
  get step(): Step | undefined {
    return this.#step
  }

  /** This class is meant by its name, whatever it is called later. */
  knows({ id, name }: Named): void {
    this.#ids.set(name, id)
  }

  /** The classes that there are make room. */
  replaceAll(): void {
    this.#step = change('making room', [])
  }

  put(name: string, picture: Given): void {
    const list = this.#classes.get(name)
    if (list) list.push(picture)
    else this.#classes.set(name, [picture])
  }

  /** Each folder of an archive is a class; none of its pictures is read yet. One that cannot be read is refused. @param loose the class of what is in no folder */
  async putZip(file: File, loose: string): Promise<void> {
    try {
      const pictures = await engine.listZip(file)
      if (!pictures.length)
        throw new Error(`${file.name} has no pictures in it: put PNG, JPEG or WebP files there, in a folder for each class.`)
      for (const picture of pictures) this.put(picture.path.split('/').at(-2) ?? loose, picture)
    } catch (error) {
      this.#failure ??= error
      this.#refused.push(plain((error as Error).message))
    }
  }

  /** Takes all that was put. @returns what was not taken, in a sentence @throws the reason where there was one archive, which cannot be read */
  async take(): Promise<string> {
    const total = [...this.#classes.values()].reduce((n, { length }) => n + length, 0)
    if (this.#failure && !total && this.#refused.length === 1) throw this.#failure as Error
    let failure = ''
    try {
      await this.#takeAll(total)
    } catch (error) {
      failure = sentenceOf('Adding pictures', error)
    }
    return [this.#refusal(failure ? '' : this.#taken ? ' All others were.' : ' Nothing was lost.'), failure].filter(Boolean).join(' ')
  }

  async #takeAll(total: number): Promise<void> {
    let done = 0
    for (const [name, given] of this.#classes) {
      for (let at = 0; at < given.length; at += AT_ONCE) {
        if (total > AT_ONCE) state.busyTaking.value = `Reading pictures: ${done} of ${total}`
        const some = given.slice(at, at + AT_ONCE)
        await this.#takeSome(name, some)
        done += some.length
      }
    }
  }

  /** @param others what became of them */
  #refusal(others: string): string {
    const refused = this.#refused
    if (!refused.length) return ''
    const told = refused.slice(0, TOLD).map((text) => text.replace(/\.$/, ''))
    const more = refused.length > TOLD ? `; and ${refused.length - TOLD} more` : ''
    return `Not taken: ${told.join('; ')}${more}.${others}`
  }

  /** Reads files in the worker and adds those that are pictures. */
  async #takeSome(name: string, given: readonly Given[]): Promise<void> {
    const taken = await engine.take(given)
    const pictures = taken.flatMap((one): Picture[] => {
      if (one.ok) return [{ id: crypto.randomUUID(), hash: one.hash, blob: one.blob }]
      this.#refused.push(`${one.name}: ${one.why}`)
      return []
    })
    if (!pictures.length) return
    await savePictures(pictures)
    this.#taken += pictures.length
    const what = `adding ${this.#taken === 1 ? 'a picture' : `${this.#taken} pictures`}`
    const id = this.#ids.get(name) ?? state.cards.value.find((card) => card.name === name)?.id ?? crypto.randomUUID()
    this.#ids.set(name, id)
    this.#step = change(what, withPictures({ id, name }, pictures), this.#step)
    brought.set(this.#step, this.#taken)
  }
}
