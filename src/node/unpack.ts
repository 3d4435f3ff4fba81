/** Folders that are filled once per user and machine, in the temporary folder. */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { untar } from './tar.ts'
import { userName } from './user.ts'

/** Written last: the folder's files and their sizes. */
const CONTENTS = '.contents.json'

type Sizes = Record<string, number>

/** Whether the folder is whole, and nobody else could have written it: what is unpacked here is run. */
function usable(folder: string): boolean {
  try {
    const stat = lstatSync(folder)
    const foreign = process.getuid !== undefined && (stat.uid !== process.getuid() || (stat.mode & 0o022) !== 0)
    if (!stat.isDirectory() || foreign) return false
    const sizes = JSON.parse(readFileSync(join(folder, CONTENTS), 'utf8')) as Sizes
    return Object.entries(sizes).every(([name, size]) => lstatSync(join(folder, name)).size === size)
  } catch {
    return false // not there, or a cleaner took files out
  }
}

/** The files of a brotli-compressed tar archive. */
export function brotliTar(path: string): Iterable<{ name: string; data: Uint8Array }> {
  return untar(brotliDecompressSync(readFileSync(path)))
}

/**
 * The folder that holds `files`, unpacked on first use and again after somebody damaged it. Processes may ask for it at the same time.
 * @param name says what it is, and which version
 * @param files executable, names relative to the folder; asked for only where they are not there yet
 */
export function unpackedOnce(name: string, files: () => Iterable<{ name: string; data: Uint8Array }>): string {
  const folder = join(tmpdir(), `${name}-${userName()}`)
  if (usable(folder)) return folder
  const fresh = mkdtempSync(`${folder}.`) // for this user only
  const sizes: Sizes = {}
  for (const { name: file, data } of files()) {
    mkdirSync(dirname(join(fresh, file)), { recursive: true })
    writeFileSync(join(fresh, file), data, { mode: 0o755 })
    sizes[file] = data.length
  }
  writeFileSync(join(fresh, CONTENTS), JSON.stringify(sizes))
  chmodSync(fresh, 0o755)
  try {
    if (!usable(folder)) rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
  } catch {
    if (!usable(folder)) return fresh // somebody else's folder has the name
    rmSync(fresh, { recursive: true, force: true }) // another process was first
  }
  return folder
}
