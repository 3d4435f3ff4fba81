/** Opens the project as it was left. */
import { engine } from '../engine.ts'
import { sentenceOf, unasked } from '../notice.ts'
import { followLine, nothingTrained, reopenTrunk } from './network.ts'
import { isLearned, keepProject, openProject, projectOpened, type Kept } from './project.ts'
import * as state from './state.ts'
import { findMistakes } from './train.ts'

/** The device, or why there is none; everything that needs none works without. */
async function openDevice(): Promise<void> {
  try {
    state.device.value = (await engine.start()).label
  } catch (error) {
    state.deviceless.value = sentenceOf('Starting the engine', error)
  }
}

/** The network that was kept. Where it does not open, the small one is there instead, and what is kept stays as it is. */
async function openNetwork({ choice, line }: Kept): Promise<void> {
  if (await reopenTrunk(choice, line)) return
  state.missing.value = choice
  nothingTrained()
  if (choice.kind !== 'builtin') await reopenTrunk({ kind: 'builtin' })
}

async function openLearned({ line, weights }: Kept): Promise<void> {
  if (state.missing.value || !weights || !isLearned() || line !== state.line.value) return
  await unasked('Opening what was learned', async () => {
    await engine.plan(state.teachPlan.value)
    await engine.loadWeights(weights)
    state.trained.value = isLearned() // classes may have come or gone meanwhile
  })
}

export async function openTeaching(): Promise<void> {
  const kept = await openProject()
  keepProject()
  await openNetwork(kept)
  await openDevice()
  await openLearned(kept)
  projectOpened()
  followLine()
  if (state.trainedOn.value && state.device.value) await unasked('Looking for mistakes', findMistakes)
}
