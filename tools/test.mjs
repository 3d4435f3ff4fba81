/**
 * `npm test`: everything, in two lanes at once and then what must have the machine for itself, with a closing line `N passed, N failed`.
 * A check that is no test file (lint, types, format, size, package) counts as one. Skips and failures are listed at the end.
 * `npm test -- STAGE ...` runs the named stages only.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = join(root, '.cache', 'reports')
const bin = (name) => join(root, 'node_modules', '.bin', name)

const totals = { passed: 0, failed: 0 }
const skipped = []
const failures = []
const times = []

/** What a stage has printed; shown when it ends, so that lanes do not mix. */
class Output {
  static #open = new Set()
  #name
  #parts = []
  constructor(name) {
    this.#name = name
    Output.#open.add(this)
  }
  add(text) {
    this.#parts.push(text)
  }
  show() {
    Output.#open.delete(this)
    console.log(`\n=== ${this.#name}\n${this.#parts.join('')}`)
  }
  /** Of stages that have not ended. */
  static showOpen() {
    for (const output of Output.#open) output.show()
  }
}

// A run that is stopped, as a machine does after its time, says how far its stages had come.
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => {
    Output.showOpen()
    console.log(`stopped by ${signal}`)
    process.exit(code)
  })
}

/** Ends with the exit code of a command, and what it wrote to stdout. */
function run(output, command, args, env = {}) {
  return new Promise((resolve) => {
    let stdout = ''
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
      output.add(text)
    })
    child.stderr.setEncoding('utf8').on('data', (text) => output.add(text))
    child.on('error', (error) => output.add(`${error.message}\n`))
    child.on('close', (status) => resolve({ status, stdout: stdout.trim() }))
  })
}

function fail(what) {
  totals.failed++
  failures.push(what)
}

/** A command that is one check. */
function check(command, ...args) {
  return async (output) => {
    if ((await run(output, command, args)).status === 0) totals.passed++
    else fail([command, ...args].join(' ').replaceAll(root, ''))
  }
}

/** A vitest project; its JSON report is what is counted, and a run without one has failed. */
function vitest(name, project, env = {}) {
  return async (output) => {
    const report = join(reports, `${name}.json`)
    const strays = join(reports, `${name}.strays.txt`)
    for (const file of [report, strays]) rmSync(file, { force: true })
    const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`, '--reporter=./tools/strays.mjs']
    const { status } = await run(output, bin('vitest'), ['run', '--project', project, ...reporters], { ...env, THAW_STRAYS: strays })
    let counts = { numPassedTests: 0, numFailedTests: 0, testResults: [] }
    try {
      counts = JSON.parse(readFileSync(report, 'utf8'))
    } catch {
      output.add(`${name}: no report\n`)
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
    const uncaught = existsSync(strays) ? readFileSync(strays, 'utf8').split('\n').filter(Boolean) : []
    for (const error of uncaught) fail(`${name}: outside of all tests: ${error}`)
    if (status !== 0 && !broken.length && !counts.numFailedTests && !uncaught.length) fail(`${name}: ended with ${status}`)
  }
}

/** A program of ours says its result, or why it cannot be had here and then ends with exit code 3. */
const program = (output, path, env) => run(output, process.execPath, ['tools/run.mjs', path], env)

/** A program that is one check; where it cannot be made, it is listed as skipped. */
function checkWherePossible(name, path) {
  return async (output) => {
    const { status, stdout: said } = await program(output, path)
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
  return async (output) => {
    const { status, stdout: said } = await program(output, path, env)
    if (status === 0) await tests(output)
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

/** Half of the time is one lane's, the tests in Node, which have one thread; the other lane is for all else. */
const beside = Object.keys(stages).filter((name) => ![first, 'lavapipe', 'hardware', 'web'].includes(name))
/** At once; what stands in none of them runs after them, alone: another whole adapter, and pages whose tasks are timed. */
const lanes = availableParallelism() > 1 ? [[first], beside] : []

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in stages))
if (unknown.length) throw new Error(`a stage must be one of ${Object.keys(stages).join(', ')}, got ${unknown.join(', ')}`)
const chosen = (names) => names.filter((name) => !wanted.length || wanted.includes(name))

async function inTurn(names) {
  for (const name of chosen(names)) {
    const output = new Output(name)
    console.log(`${name} begins`)
    const started = Date.now()
    await stages[name](output)
    output.show()
    times.push(`${name} ${((Date.now() - started) / 1000).toFixed(0)} s`)
  }
}

mkdirSync(reports, { recursive: true })
await Promise.all(lanes.map(inTurn))
await inTurn(Object.keys(stages).filter((name) => !lanes.flat().includes(name)))

console.log(`\nTime: ${times.join(', ')}`)
if (skipped.length) console.log(`SKIPPED (${skipped.length}):\n${skipped.map((s) => `  ${s}`).join('\n')}`)
if (failures.length) console.log(`FAILED (${failures.length}):\n${failures.map((f) => `  ${f}`).join('\n')}`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed ? 1 : 0
