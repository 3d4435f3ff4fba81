/** Files that callbacks write, in folders. Node only. */
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FileStore, TextStore } from '../training/callbacks/stores.ts'
import { writePieces } from './save.ts'

/** A name is a path; folders that are not there are made. */
export const folders: FileStore & TextStore = {
  async write(path, file, signal) {
    await mkdir(dirname(path), { recursive: true })
    await writePieces(path, file, { ...(signal && { signal }) })
  },
  async read(path) {
    try {
      return new Blob([await readFile(path)])
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  },
  async begin(path, append) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '', { flag: append ? 'a' : 'w' })
    return (await stat(path)).size > 0
  },
  append: (path, text) => appendFile(path, text),
}
