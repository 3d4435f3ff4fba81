/** A training goes on from a file in a new process, to the bit. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'thaw-resume-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Trains for so many steps in a process of its own. @returns the bytes of the state */
function trained(file: string, steps: number): Buffer {
  const path = join(folder, file)
  const args = ['tools/run.mjs', 'test/node/resume_child.ts', path, String(steps)]
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  expect([status, existsSync(path)], stderr).toEqual([0, true])
  return readFileSync(path)
}

test('convolution, batch normalisation, dropout, Adam, a rate that falls: a process that is stopped within an epoch, and another, are one', () => {
  const whole = trained('whole', Infinity)
  expect(trained('parts', 8).equals(whole)).toBe(false)
  expect(trained('parts', Infinity).equals(whole)).toBe(true)
})
