/** Groups: names that lead to groups and datasets. */
import { FileError } from '../../errors.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { Attributes } from './attributes.ts'
import { Dataset } from './dataset.ts'
import { openFile, type Hdf5File } from './file.ts'
import { readHeader } from './header.ts'
import { readLinks, type Link } from './links.ts'

/** Steps of a path. Names of layers may have slashes, but not that many. */
const DEPTH_LIMIT = 64

export class Group {
  /** `/` for the root. */
  readonly path: string
  /** Of the object header. */
  readonly address: number
  readonly attributes: Attributes
  readonly #file: Hdf5File
  readonly #links: ReadonlyMap<string, Link>

  constructor(file: Hdf5File, path: string, address: number, attributes: Attributes, links: ReadonlyMap<string, Link>) {
    this.#file = file
    this.path = path
    this.address = address
    this.attributes = attributes
    this.#links = links
  }

  /** Name of the file that it is in. */
  get file(): string {
    return this.#file.source.name
  }

  /** The same for two paths that lead to one group, and only for these. */
  get id(): string {
    return `${this.#file.serial}:${this.address}`
  }

  /** Names of what the group holds, in the file's order. */
  get names(): string[] {
    return [...this.#links.keys()]
  }

  has(name: string): boolean {
    return this.#links.has(name)
  }

  /**
   * The object at a path below this group, such as `conv1/kernel:0`.
   * @throws FileError `not-found` naming what is there instead, `unsupported` for soft and external links, and whatever is wrong with it
   */
  async get(path: string): Promise<Group | Dataset> {
    const [first, ...steps] = path.split('/').filter(Boolean)
    if (first === undefined) return this
    if (steps.length >= DEPTH_LIMIT) {
      throw new FileError('corrupt', `[hdf5] a path must have at most ${DEPTH_LIMIT} steps, got ${steps.length + 1}`, { path: this.path })
    }
    let found = await this.#child(first)
    for (const step of steps) {
      if (!(found instanceof Group))
        throw new FileError('not-found', `[hdf5] ${found.path} must be a group to hold ${step}, got a dataset`, { path })
      found = await found.#child(step)
    }
    return found
  }

  async group(path: string): Promise<Group> {
    const found = await this.get(path)
    if (found instanceof Group) return found
    throw new FileError('corrupt', `[hdf5] ${found.path} must be a group, got a dataset`, { path: found.path })
  }

  async dataset(path: string): Promise<Dataset> {
    const found = await this.get(path)
    if (found instanceof Dataset) return found
    throw new FileError('corrupt', `[hdf5] ${found.path} must be a dataset, got a group`, { path: found.path })
  }

  async #child(name: string): Promise<Group | Dataset> {
    const path = `${this.path === '/' ? '' : this.path}/${name}`
    const link = this.#links.get(name)
    if (!link) {
      const there = this.names.slice(0, 8).join(', ') || 'nothing'
      throw new FileError('not-found', `[hdf5] ${path} must be in the file, got a group that holds ${there}`, { path })
    }
    if ('refused' in link)
      throw new FileError('unsupported', `[hdf5] links must lead to objects in the file, got ${link.refused} at ${path}`, { path })
    return openObject(this.#file, link.address, path)
  }
}

async function openObject(file: Hdf5File, address: number, path: string): Promise<Group | Dataset> {
  const messages = await readHeader(file, address)
  const links = await readLinks(file, messages)
  const attributes = await Attributes.read(file, messages)
  return links ? new Group(file, path, address, attributes, links) : new Dataset(file, path, attributes, messages)
}

/**
 * Opens an HDF5 file of the kind that Keras (h5py) writes and returns its root group. Nothing is read but headers.
 * @throws FileError `not-hdf5`, `truncated`, `corrupt`, `unsupported`, each with the byte or the object; the signal's reason
 */
export async function openHdf5(source: ByteSource, options: { signal?: AbortSignal } = {}): Promise<Group> {
  const { file, root } = await openFile(source, options.signal)
  const found = await openObject(file, root, '/')
  if (found instanceof Group) return found
  throw new FileError('corrupt', `[${source.name}] the root must be a group, got a dataset`, { path: '/' })
}
