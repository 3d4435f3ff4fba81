/** The network, the line through it, and what that means. */
import { effect, untracked } from '@preact/signals'
import { engine, listen } from '../engine.ts'
import type { TrunkChoice } from '../messages.ts'
import { attempt, complainOf, unasked } from '../notice.ts'
import { saveChoice, saveInterrupted, saveWeights } from './project.ts'
import * as state from './state.ts'
import type { Line } from './state.ts'

/** Milliseconds that the line rests before anything is tried out with it. */
export const REST = 700
/** Pictures that it is measured with. */
const MEASURED = 8

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

listen((message) => {
  if (message.type !== 'bytes') return
  const all = Number.isFinite(message.total) ? ` of ${megabytes(message.total)}` : ''
  state.opening.value = `Loading: ${megabytes(message.loaded)}${all}`
})

export function nothingTrained(): void {
  state.trained.value = false
  state.curve.value = []
  state.matrix.value = undefined
  state.mistakes.value = []
  state.best.value = 0
}

/** Opens a network. @param kept where the line was with it */
export async function load(choice: TrunkChoice, kept?: Line): Promise<void> {
  state.opening.value = 'Opening the network…'
  try {
    const info = await engine.openTrunk(choice)
    const blocks = info.blocks.length
    state.choice.value = choice
    state.line.value = kept?.cut && kept.cut <= blocks ? kept : { frozen: blocks, cut: blocks, fresh: false, pixels: info.pixels }
    state.trunk.value = info
  } finally {
    state.opening.value = ''
  }
}

/** What can be done about a network of each kind that does not come, by codes. */
const another = 'It is not the file that was expected: try once more, or download it, and choose it here. Nothing was changed.'
const NEXT: Readonly<Partial<Record<TrunkChoice['kind'], Readonly<Record<string, string>>>>> = {
  official: { integrity: another },
  url: {
    integrity: another,
    http: 'Look whether the address is right, whether you are online, and whether its server lets other pages read the file (CORS); or download it, and choose it here. Nothing was changed.',
  },
}

/** Opens a network in place of the one that there is, and of what was learned. */
export function openTrunk(choice: TrunkChoice): Promise<boolean> {
  const open = async () => {
    await load(choice)
    nothingTrained()
    state.missing.value = undefined
    await saveInterrupted(undefined)
    await saveChoice(choice)
    await saveWeights(undefined)
  }
  return attempt('Opening the network', open, NEXT[choice.kind])
}

/** Opens the network of a project, at the line that was kept with it; nothing is written. */
export const reopenTrunk = (choice: TrunkChoice, kept?: Line): Promise<boolean> => unasked('Opening the network', () => load(choice, kept))

/** The network as it was, and nothing learned. One that stands in for the kept one has nothing to take away. */
export async function startOver(): Promise<void> {
  const { value } = state.line
  const open = state.missing.value ? reopenTrunk : openTrunk
  if (await open(state.choice.value)) state.line.value = value
}

/** Moves the line. A cut that moves takes the frozen part with it. */
export async function moveLine(change: Partial<Line>): Promise<void> {
  const before = state.line.value
  const next = { ...before, ...change }
  if (next.fresh) next.frozen = 0
  if (next.frozen > next.cut) next.frozen = next.cut
  const rebuilt = next.cut !== before.cut || next.fresh !== before.fresh || next.pixels !== before.pixels
  if (rebuilt && before.fresh && !next.fresh) await startOver() // the weights of the file, which random ones have replaced
  if (rebuilt) state.trained.value = false
  state.chosenRate.value = undefined
  state.line.value = next
}

/** Keeps plan and cost up to date, from now on. */
export function followLine(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  effect(() => {
    const { trunk, teachPlan, running } = state
    if (!trunk.value || running.value !== 'no') return
    const plan = teachPlan.value
    const pictures = state.trainSet.value.length
    void state.augment.value // what an epoch costs depends on it
    clearTimeout(timer)
    untracked(() => {
      state.cost.value = undefined
      void show(plan)
      if (pictures && state.device.value) timer = setTimeout(() => void measure(), REST)
    })
  })
}

async function show(plan: typeof state.teachPlan.value): Promise<void> {
  try {
    state.planned.value = await engine.plan(plan)
  } catch (error) {
    complainOf('Drawing the line there', error)
  }
}

/** What an epoch costs, tried out with a few pictures. */
async function measure(): Promise<void> {
  if (state.running.value !== 'no' || state.blocker.value || state.taking.value) return
  const plan = state.teachPlan.value
  try {
    const cost = await engine.measure(state.trainSet.value.slice(0, MEASURED), BATCH, state.augment.value)
    if (plan === state.teachPlan.value) state.cost.value = cost
  } catch (error) {
    complainOf('Measuring what an epoch costs', error)
  }
}

/** Pictures of a step. */
export const BATCH = 16
