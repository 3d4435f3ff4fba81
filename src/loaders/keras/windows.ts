/**
 * Files that tf.keras 2.12 to 2.14 wrote on Windows: it joined the steps of a path by backslashes, which are letters of a name to HDF5. All groups lie on
 * the root, as `_layer_checkpoint_dependencies\\dense\\vars`; here they are the tree that they stand for.
 */
import { FileError } from '../../errors.ts'
import type { Dataset } from '../hdf5/dataset.ts'
import type { GroupLike } from './weights_file.ts'

/** What the names of the root say is in a group. */
interface Branch {
  /** The object's name on the root; undefined where there is none of its own. */
  name?: string
  readonly inner: Map<string, Branch>
}

function treeOf(names: readonly string[]): Branch {
  const root: Branch = { inner: new Map() }
  for (const name of names) {
    let at = root
    for (const step of name.split('\\').filter(Boolean)) {
      const next = at.inner.get(step) ?? { inner: new Map<string, Branch>() }
      at.inner.set(step, next)
      at = next
    }
    at.name = name
  }
  return root
}

/** A group of the tree, with what is in the group of the file, if there is one. */
class SlashedGroup implements GroupLike {
  readonly path: string
  readonly #root: GroupLike
  readonly #branch: Branch
  readonly #own: GroupLike | undefined

  constructor(root: GroupLike, path: string, branch: Branch, own: GroupLike | undefined) {
    this.#root = root
    this.path = path
    this.#branch = branch
    this.#own = own
  }

  get id(): string {
    return this.#own?.id ?? this.path
  }

  get names(): string[] {
    return [...new Set([...(this.#own?.names ?? []), ...this.#branch.inner.keys()])]
  }

  get attributes(): GroupLike['attributes'] {
    return this.#own?.attributes ?? { strings: () => Promise.resolve(undefined) }
  }

  has(name: string): boolean {
    return this.#branch.inner.has(name) || (this.#own?.has(name) ?? false)
  }

  async group(name: string): Promise<GroupLike> {
    const branch = this.#branch.inner.get(name) ?? { inner: new Map<string, Branch>() }
    const own =
      branch.name !== undefined
        ? await this.#root.group(branch.name)
        : branch.inner.size && !this.#own?.has(name)
          ? undefined
          : await this.#inFile(name).group(name)
    return new SlashedGroup(this.#root, this.#pathOf(name), branch, own)
  }

  dataset(name: string): Promise<Dataset> {
    const found = this.#branch.inner.get(name)?.name
    return found === undefined ? this.#inFile(name).dataset(name) : this.#root.dataset(found)
  }

  #pathOf(name: string): string {
    return `${this.path === '/' ? '' : this.path}/${name}`
  }

  /** @throws FileError `not-found` where the file has no such group */
  #inFile(name: string): GroupLike {
    if (this.#own) return this.#own
    const path = this.#pathOf(name)
    throw new FileError('not-found', `[hdf5] ${path} must be in the file, got a group that holds ${this.names.slice(0, 8).join(', ')}`, {
      path,
    })
  }
}

/** A file's root with slashes in its names where they have backslashes. */
export const withSlashes = (root: GroupLike): GroupLike => new SlashedGroup(root, root.path, treeOf(root.names), undefined)
