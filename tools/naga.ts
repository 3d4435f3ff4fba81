/** naga is the compiler of Firefox and wgpu: it validates WGSL, and writes what Metal and Direct3D get of it. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const VERSION = '30.0.1'

/** What a program says of itself, or undefined where there is none. */
function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/**
 * The program to call: the one on the PATH, else the one in `folder`, which is built first where `install` asks for it and there is cargo.
 * @returns undefined where there is none, also where it could not be built; cargo has said why then
 */
export function findNaga(folder: string, install: boolean): string | undefined {
  const own = join(folder, 'bin', 'naga')
  const find = () => ['naga', own].find(versionOf)
  const found = find()
  if (found || !install || !versionOf('cargo')) return found
  spawnSync('cargo', ['install', '--quiet', '--locked', '--root', folder, `naga-cli@${VERSION}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return find()
}

/** What a failed call wrote. */
const complaint = (error: unknown): string => (error as { stderr?: string }).stderr || String(error)

/**
 * Writes the shaders into a folder, which is emptied first, validates them, and writes their Metal (`.metal`) and Direct3D (`.hlsl`) beside them.
 * @param shaders WGSL by file name, without an ending
 * @returns what naga complains about; none where all is well
 */
export async function translate(naga: string, folder: string, shaders: ReadonlyMap<string, string>): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [name, wgsl] of shaders) writeFileSync(join(folder, `${name}.wgsl`), wgsl)
  const names = [...shaders.keys()]
  const options = { cwd: folder, maxBuffer: Infinity }
  try {
    await run(naga, ['--bulk-validate', ...names.map((name) => `${name}.wgsl`)], options)
  } catch (error) {
    return [complaint(error)] // with the names of all files that are not valid
  }
  const problems: string[] = []
  const worker = async () => {
    for (let name = names.pop(); name; name = names.pop()) {
      try {
        await run(
          naga,
          ['.wgsl', '.metal', '.hlsl'].map((ending) => name + ending),
          options,
        )
      } catch (error) {
        problems.push(`${name}.wgsl: ${complaint(error)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return problems
}
