/** Runs the program `thaw` in the test's own process, in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, vi } from 'vitest'
import type { Inspection } from '../../src/cli/inspect.ts'
import { main } from '../../src/cli/main.ts'
import type { PredictReport } from '../../src/cli/predict.ts'

const fixtures = fileURLToPath(new URL('../golden/keras_files/', import.meta.url))

/** Path of a file that real Keras wrote. */
export const fixture = (name: string) => join(fixtures, name)

/** A folder that lives as long as the file's tests, which have their cache there too. @returns the path of a file in it */
export function useFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-cli-'))
  const before = process.env['THAW_CACHE']
  process.env['THAW_CACHE'] = join(folder, 'cache')
  afterEach(() => void vi.unstubAllGlobals())
  afterAll(() => {
    if (before === undefined) delete process.env['THAW_CACHE']
    else process.env['THAW_CACHE'] = before
    rmSync(folder, { recursive: true, force: true })
  })
  return (name) => join(folder, name)
}

/** Runs the program in this process. @param interrupt called with every line of progress and what interrupts */
export async function thaw(argv: readonly string[], interrupt?: (line: string, stop: () => void) => void) {
  const stop = new AbortController()
  const written = { out: '', err: '' }
  const code = await main(argv, {
    out: (text) => void (written.out += `${text}\n`),
    err: (text) => void (written.err += `${text}\n`),
    ...(interrupt && { progress: (line: string) => interrupt(line, () => stop.abort(new Error('interrupted'))) }),
    signal: stop.signal,
  })
  return { code, ...written }
}

async function json<T>(...argv: string[]): Promise<T> {
  const { code, out, err } = await thaw([...argv, '--json'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as T
}

export const inspected = (file: string) => json<Inspection>('inspect', file)
export const predicted = (...argv: string[]) => json<PredictReport>('predict', ...argv)
