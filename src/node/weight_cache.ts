/** A weight cache in a folder. Node only. */
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { createHash, randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { FileError } from '../errors.ts'
import type { ByteSource } from '../loaders/bytes/bytes.ts'
import type { PartialFile, WeightCache } from '../loaders/weights/cache.ts'
import { pause } from '../loaders/bytes/patience.ts'
import { checkedPin, type PinnedFile } from '../loaders/weights/manifest.ts'
import { reopenedSource } from './file.ts'
import { cacheFolder, formerCacheFolder } from './cache_folder.ts'

/** Where official files are kept and looked for. See {@link weightCache}. */
export interface WeightCacheOptions {
  /** Where downloads are kept, in a folder `weights`. Default: `cacheFolder()`. */
  cacheFolder?: string
  /**
   * A folder of files that somebody has downloaded already, such as Keras's own `~/.keras/models`. It is looked in first: a file of the right name
   * and size is used where it lies. Its hash is checked when it is first used, and again when its size or time has changed.
   */
  folder?: string
}

/** A download is somebody's own while its process lives and has given a sign of life within so many milliseconds. */
const SILENCE = 60_000
/** Milliseconds between two signs of life. */
const HEARTBEAT = 15_000
/** Milliseconds between two looks at whether somebody else is done. */
const POLL = 250

/** Folders of the cache in which this process downloads. */
const busy = new Set<string>()

/**
 * A folder as a cache: `weights/<md5>/<file>`, and beside it `<file>.part...` while a download goes on. A file has its own name only when
 * it is whole and checked. Several processes may use one folder: one downloads, the others wait for it.
 * @example
 * // from the web
 * const store = { cache: weightCache({ cacheFolder: '/data/thaw', folder: '/home/me/.keras/models' }) }
 * const model = await vgg16({ weights: 'imagenet', store })
 */
export function weightCache(options: WeightCacheOptions = {}): WeightCache {
  const home = (file: PinnedFile) => resolve(options.cacheFolder ?? cacheFolder(), 'weights', checkedPin(file).md5)
  return {
    async find(file, signal) {
      const own = home(file)
      const local = options.folder === undefined ? undefined : await findLocal(file, join(options.folder, file.file), own, signal)
      const found = local ?? (await findWhole(file, join(own, file.file)))
      const former = options.cacheFolder === undefined ? formerCacheFolder() : undefined
      if (found || former === undefined) return found
      // What was downloaded into the working folder is used there. Another may have laid it there, hence the hash; a wrong one is nobody's fault.
      return findLocal(file, join(former, 'weights', file.md5, file.file), own, signal).catch((error: unknown) => {
        if (error instanceof FileError) return undefined
        throw error
      })
    },
    async open(file, signal) {
      const folder = home(file)
      await mkdir(folder, { recursive: true })
      for (;;) {
        signal?.throwIfAborted()
        if (!busy.has(folder)) {
          busy.add(folder)
          const part = await openPart(folder, file.file).catch((error: unknown) => {
            busy.delete(folder)
            throw error
          })
          if (part) return part
          busy.delete(folder)
        }
        await pause(POLL, signal)
      }
    },
  }
}

/** Size of a file, and when it was last written; undefined where there is none. */
async function look(path: string): Promise<{ size: number; mtimeMs: number } | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? { size: found.size, mtimeMs: found.mtimeMs } : undefined
}

async function findWhole(file: PinnedFile, path: string): Promise<ByteSource | undefined> {
  const found = await look(path)
  return found && found.size === (file.bytes ?? found.size) ? reopenedSource(path, file.file, found.size) : undefined
}

/** @throws FileError `integrity` for a file of the right name and size with another hash */
async function findLocal(file: PinnedFile, path: string, home: string, signal: AbortSignal | undefined): Promise<ByteSource | undefined> {
  const found = await look(path)
  if (!found || found.size !== (file.bytes ?? found.size)) return undefined
  const note = join(home, 'checked.json')
  const mark = JSON.stringify({ path: resolve(path), ...found })
  if ((await readFile(note, 'utf8').catch(() => '')) !== mark) {
    const got = await md5Of(path, signal)
    if (got !== file.md5) {
      if (file.bytes === undefined) return undefined // perhaps another network's file of the same name
      throw new FileError('integrity', `[${path}] the file must have the MD5 hash ${file.md5}, got ${got}`, { path })
    }
    // Where nothing can be written, the file is checked again next time.
    await mkdir(home, { recursive: true }).then(
      () => writeFile(note, mark),
      () => undefined,
    )
  }
  return reopenedSource(path, file.file, found.size)
}

async function md5Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('md5')
  for await (const bytes of createReadStream(path)) {
    signal?.throwIfAborted()
    hash.update(bytes as Buffer)
  }
  return hash.digest('hex')
}

/** `<file>.part` is nobody's, `<file>.part-<process>-<random>` is that process's. */
const ownName = (file: string) => `${file}.part-${process.pid}-${randomUUID().slice(0, 8)}`

/** Whether another process is at work on a part. */
async function alive(folder: string, file: string, name: string): Promise<boolean> {
  const pid = Number(/^\.part-(\d+)-/.exec(name.slice(file.length))?.[1])
  // Whoever asks has marked the folder as busy, so that a part of this very process is left over from a crash in an earlier life.
  if (!pid || pid === process.pid) return false
  const found = await look(join(folder, name))
  if (!found || Date.now() - found.mtimeMs > SILENCE) return false
  try {
    process.kill(pid, 0) // asks, does nothing
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Makes a part this process's own: what somebody left behind, or an empty one. Renaming is atomic: two cannot have the same.
 * @returns its path, or undefined while another process is at work
 */
async function claim(folder: string, file: string): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${file}.part`))
  for (const name of names) if (await alive(folder, file, name)) return undefined
  const sizes = await Promise.all(names.map(async (name) => ({ name, size: (await look(join(folder, name)))?.size ?? 0 })))
  const [largest, ...rest] = sizes.sort((a, b) => b.size - a.size)
  const own = join(folder, ownName(file))
  if (!largest) await writeFile(own, '', { flag: 'wx' })
  else if (!(await moved(join(folder, largest.name), own))) return undefined // another process was faster
  for (const { name } of rest) await rm(join(folder, name), { force: true })
  return own
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function openPart(folder: string, file: string): Promise<PartialFile | undefined> {
  const path = await claim(folder, file)
  if (path === undefined) return undefined
  let size = (await stat(path)).size
  let whole = false
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT).unref()
  return {
    get size() {
      return size
    },
    source: () => reopenedSource(path, file, size),
    async append(bytes) {
      // Opened anew each time: a part that another process has taken over is gone, and is not written to.
      const handle = await open(path, 'r+')
      try {
        for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at, size + at)).bytesWritten
      } finally {
        await handle.close()
      }
      size += bytes.length
    },
    async clear() {
      await truncate(path, 0)
      size = 0
    },
    async complete() {
      const handle = await open(path, 'r+')
      await handle.sync().finally(() => handle.close())
      await rename(path, join(folder, file))
      whole = true
    },
    async close() {
      clearInterval(heartbeat)
      try {
        if (!whole) await (size ? moved(path, join(folder, `${file}.part`)) : rm(path, { force: true }))
      } finally {
        busy.delete(folder)
      }
    },
  }
}
