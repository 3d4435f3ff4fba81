/**
 * `npm test`: everything, one stage after the other, with a closing line `N passed, N failed`.
 * A check that is no test file (lint, types, format, size, package) counts as one. Skips and failures are listed at the end.
 * `npm test -- STAGE ...` runs the named stages only.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = join(root, '.cache', 'reports')
const bin = (name) => join(root, 'node_modules', '.bin', name)

const totals = { passed: 0, failed: 0 }
const skipped = []
const failures = []
const times = []

function run(command, args, env = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0
}

function fail(what) {
  totals.failed++
  failures.push(what)
}

/** A command that is one check. */
function check(command, ...args) {
  return () => {
    if (run(command, args)) totals.passed++
    else fail([command, ...args].join(' ').replaceAll(root, ''))
  }
}

/** A vitest project; its JSON report is what is counted, and a run without one has failed. */
function vitest(name, project, env = {}) {
  return () => {
    const report = join(reports, `${name}.json`)
    rmSync(report, { force: true })
    const ok = run(bin('vitest'), ['run', '--project', project, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`], env)
    let counts = { numPassedTests: 0, numFailedTests: 0, testResults: [] }
    try {
      counts = JSON.parse(readFileSync(report, 'utf8'))
    } catch {
      console.log(`${name}: no report`)
    }
    // A file that breaks outside its tests (at import, or with buffers left at its end) has no failed test to count.
    const broken = counts.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((t) => t.status !== 'failed'),
    )
    totals.passed += counts.numPassedTests
    for (const file of broken) fail(`${name}: ${file.name.replace(root, '')}, outside its tests`)
    for (const { name: file, assertionResults } of counts.testResults) {
      for (const { status, fullName } of assertionResults) {
        if (status === 'failed') fail(`${name}: ${file.replace(root, '')}: ${fullName}`)
        else if (status !== 'passed') skipped.push(`${name}: ${fullName}`)
      }
    }
    if (!ok && !broken.length && !counts.numFailedTests) fail(`${name}: a stray error`)
  }
}

/** Runs a program of ours and shows what it says: its result, or why it cannot be had here and then exit code 3. */
function program(path, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/run.mjs', path], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  const said = stdout.trim()
  console.log([said, stderr.trim()].filter(Boolean).join('\n'))
  return { status, said }
}

/** A program that is one check; where it cannot be made, it is listed as skipped. */
function checkWherePossible(name, path) {
  return () => {
    const { status, said } = program(path)
    if (status === 0) totals.passed++
    else if (status === 3) skipped.push(`${name}: ${said}`)
    else fail(name)
  }
}

/**
 * Tests on an adapter, whose label is printed first. Where there is none, a required one has failed, and another is listed as skipped.
 * @param path a program that prints the label, or why there is none and then ends with exit code 3
 */
function onAdapter(name, path, env, { required, tests }) {
  return () => {
    const { status, said } = program(path, env)
    if (status === 0) tests()
    else if (status === 3 && !required) skipped.push(`all GPU tests on ${name}: ${said}`)
    else fail(`${name}: no adapter: ${said}`)
  }
}

/** @param tests `all`, or `gpu` without what needs no GPU */
function inNode(adapter, tests) {
  const env = { THAW_ADAPTER: adapter, THAW_TESTS: tests }
  const required = tests === 'all'
  return onAdapter(adapter, 'tools/adapter.ts', env, { required, tests: vitest(adapter, 'node*', env) })
}

/** Runs every test: what is there on every machine of this kind. */
const first = process.platform === 'linux' && process.arch === 'x64' ? 'swiftshader' : 'auto'

const stages = {
  typecheck: check(bin('tsc'), '-p', 'tsconfig.json'),
  lint: check(bin('eslint'), '.'),
  format: check(bin('prettier'), '--check', '--log-level', 'warn', '.'),
  size: check(process.execPath, 'tools/size.mjs'),
  docs: check(process.execPath, 'tools/docs.mjs', '--check'),
  naga: checkWherePossible('naga', 'tools/naga-stage.ts'),
  [first]: inNode(first, 'all'),
  lavapipe: inNode('lavapipe', 'gpu'),
  hardware: inNode('hardware', 'gpu'),
  chrome: onAdapter('Chrome', 'tools/chrome-adapter.ts', {}, { required: true, tests: vitest('chrome', 'chrome') }),
  web: onAdapter('Chrome', 'tools/chrome-adapter.ts', {}, { required: true, tests: vitest('web', 'web') }),
  package: check(process.execPath, 'tools/test-package.mjs'),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in stages))
if (unknown.length) throw new Error(`a stage must be one of ${Object.keys(stages).join(', ')}, got ${unknown.join(', ')}`)

mkdirSync(reports, { recursive: true })
for (const [name, stage] of Object.entries(stages)) {
  if (wanted.length && !wanted.includes(name)) continue
  console.log(`\n=== ${name}`)
  const started = Date.now()
  stage()
  times.push(`${name} ${((Date.now() - started) / 1000).toFixed(0)} s`)
}

console.log(`\nTime: ${times.join(', ')}`)
if (skipped.length) console.log(`SKIPPED (${skipped.length}):\n${skipped.map((s) => `  ${s}`).join('\n')}`)
if (failures.length) console.log(`FAILED (${failures.length}):\n${failures.map((f) => `  ${f}`).join('\n')}`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed ? 1 : 0
