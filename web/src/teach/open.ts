/** Opens the project as it was left. */
import { engine } from '../engine.ts'
import { attempt, complainOf } from '../notice.ts'
import { followLine, openTrunk } from './network.ts'
import { keepProject, openProject } from './project.ts'
import * as state from './state.ts'
import { findMistakes } from './train.ts'

/** The device, or why there is none; everything that needs none works without. */
async function openDevice(): Promise<void> {
  try {
    state.device.value = (await engine.start()).label
  } catch (error) {
    complainOf('Starting the engine', error)
  }
}

export async function openTeaching(): Promise<void> {
  const { choice, line, weights, trainedOn } = await openProject()
  const opened = (await openTrunk(choice, line)) || (choice.kind !== 'builtin' && (await openTrunk({ kind: 'builtin' })))
  if (!opened) return
  await openDevice()
  if (weights && trainedOn && line === state.line.value) {
    await attempt('Opening what was learned', async () => {
      await engine.plan(state.teachPlan.value)
      await engine.loadWeights(weights)
      state.trainedOn.value = trainedOn
    })
  }
  followLine()
  keepProject()
  if (state.trainedOn.value && state.device.value) await attempt('Looking for mistakes', findMistakes)
}
