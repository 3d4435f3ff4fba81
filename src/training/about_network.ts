/** A network that knows what its classes are called, and which pictures it takes. */
import { checkClassNames, checkPictureOptions, classCount, pictureSpec, takesPreprocess } from '../about.ts'
import type { About, PictureOptions, PictureSpec } from '../about.ts'
import { ArgumentError } from '../errors.ts'
import { Network, type NetworkOptions } from '../layers/network.ts'

export interface AboutOptions extends NetworkOptions {
  /** What the classes are called, by their numbers: as many as the first output has scores. */
  classNames?: readonly string[]
  /** How pictures become samples. */
  pictures?: PictureOptions
}

/** Tells a network what its file or a dataset says, as far as it fits and the user has not said it. */
export let learn: (network: AboutNetwork, about: About) => void

/** Gives a network what is known of another with the same inputs and outputs, and what the user has said of that. */
export let tellAlike: (from: AboutNetwork, to: AboutNetwork) => void

export class AboutNetwork extends Network {
  #about: About = {}
  /** What of it the user has said, which no dataset changes. */
  readonly #said = new Set<keyof About>()

  static {
    learn = (network, about) => network.#learn(about)
    tellAlike = (from, to) => {
      to.#about = from.#about
      from.#said.forEach((what) => to.#said.add(what))
    }
  }

  constructor({ classNames, pictures, ...options }: AboutOptions) {
    super(options)
    if (classNames) this.classNames = classNames
    if (pictures) this.pictures = pictures
  }

  /**
   * What the classes are called, by their numbers; undefined where nobody has said it. Files keep the names, and a dataset that has some (`imageDataset`)
   * gives them to the model that is fitted to it, unless the user has.
   * @throws ArgumentError unless there are as many as the first output has scores, or two for one score
   */
  get classNames(): readonly string[] | undefined {
    return this.#about.classNames
  }

  set classNames(names: readonly string[] | undefined) {
    this.#say('classNames', names && checkClassNames(this.name, names, this.outputs))
  }

  /**
   * Which pictures the model takes, their size and colours, and how they are resized and preprocessed; undefined for a model whose input is not
   * [height,width,3] or [height,width,1]. Kept and given as `classNames`.
   * @throws ArgumentError for another model, and options that there are not
   */
  get pictures(): PictureSpec | undefined {
    return pictureSpec(this.inputs, this.#about.pictures)
  }

  set pictures(options: PictureOptions | undefined) {
    const rule = 'pictures can be said of a model with one input, [height,width,3] or [height,width,1]'
    if (!pictureSpec(this.inputs)) throw new ArgumentError(this.name, `${rule}, got ${this.inputNames.join(', ')}`)
    this.#say('pictures', options && checkPictureOptions(this.name, options, this.inputs))
  }

  /** What has been said. */
  protected get about(): About {
    return this.#about
  }

  #say<K extends keyof About>(what: K, value: About[K]): void {
    this.#about = { ...this.#about, [what]: value }
    if (value) this.#said.add(what)
    else this.#said.delete(what)
  }

  #learn({ classNames, pictures }: About): void {
    const names = !this.#said.has('classNames') && classNames?.length === classCount(this.outputs)
    const takes = pictureSpec(this.inputs) && takesPreprocess(this.inputs, pictures?.preprocess)
    const pixels = !this.#said.has('pictures') && pictures && takes
    this.#about = { ...this.#about, ...(names && { classNames }), ...(pixels && { pictures }) }
  }
}
