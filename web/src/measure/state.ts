/** What is measured, and what came of it. */
import { signal } from '@preact/signals'
import { json, type Failure, type Peak, type Report, type Row } from '../../../bench/report.ts'
import type { MeasuredRow, Measurer, MeasureTold } from '../measurer.ts'
import { attempt, complain, report } from '../notice.ts'
import { connect } from '../rpc.ts'

/** Whether the site was built with peers: those of bench/node_modules. */
declare const PEERS: boolean
export const withPeers = PEERS

/** All that can be measured; empty until the room is open. */
export const known = signal<readonly MeasuredRow[]>([])
export const budget = signal<'quick' | 'whole'>('quick')
/** Names of what is wanted. */
export const wanted = signal<ReadonlySet<string>>(new Set())
export const running = signal(false)
export const stopping = signal(false)
/** What is being measured, and how many rows are behind it. */
export const now = signal<{ readonly row: string; readonly done: number } | undefined>(undefined)
export const machine = signal<{ readonly adapter: string; readonly peak: Peak } | undefined>(undefined)
export const rows = signal<readonly Row[]>([])
export const failed = signal<readonly Failure[]>([])

let open: { readonly worker: Worker; readonly measurer: Measurer } | undefined

function hear(told: MeasureTold): void {
  switch (told.type) {
    case 'adapter':
      machine.value = { adapter: told.adapter, peak: told.peak }
      break
    case 'begins':
      now.value = { row: told.row, done: now.value ? now.value.done + 1 : 0 }
      break
    case 'measured':
      rows.value = [...rows.value, ...told.rows]
      failed.value = [...failed.value, ...told.failed]
  }
}

function measurer(): Measurer {
  if (open) return open.measurer
  const worker = new Worker(new URL('./measure.js', import.meta.url), { type: 'module' })
  const broken = (why: string) => {
    complain(`Measuring stopped: ${why}. What was measured stays; press Measure to begin again.`)
    close()
  }
  open = { worker, measurer: connect<Measurer>(worker, (message) => hear(message as MeasureTold), broken) }
  return open.measurer
}

/** Ends the worker: what it has on the GPU goes, and the next measurement begins cold. */
function close(): void {
  open?.worker.terminate()
  open = undefined
  running.value = stopping.value = false
  now.value = undefined
}

export function choose(how: 'quick' | 'whole'): void {
  budget.value = how
  wanted.value = new Set(known.value.filter(({ quick }) => quick || how === 'whole').map(({ name }) => name))
}

/** When the room is first seen. */
export async function openRoom(): Promise<void> {
  if (known.value.length) return
  await attempt('Loading the bench', async () => {
    known.value = await measurer().rows()
    choose(budget.value)
  })
}

export async function start(): Promise<void> {
  running.value = true
  rows.value = []
  failed.value = []
  machine.value = undefined
  await attempt('Measuring', () => measurer().measure({ rows: [...wanted.value], budget: budget.value, peers: withPeers }))
  close()
}

export async function stop(): Promise<void> {
  stopping.value = true
  await open?.measurer.stop()
}

/** As `npm run bench -- --json` writes it. */
export function copy(): Promise<boolean> {
  return attempt('Copying', async () => {
    const all: Report = { ...machine.value!, rows: rows.value, failed: failed.value }
    await navigator.clipboard.writeText(json(all)).catch(() => {
      throw new Error('The browser did not let the page copy: allow it the clipboard, or run npm run bench -- --json FILE')
    })
    report('Copied, in the form of npm run bench -- --json.')
  })
}
