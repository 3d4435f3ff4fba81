/** A project goes into a file, and comes from one in place of the one that is open. */
import { batch } from '@preact/signals'
import { engine } from '../engine.ts'
import { attempt, report, unasked } from '../notice.ts'
import { download } from '../view/download.ts'
import { load, nothingTrained } from './network.ts'
import { change } from './pictures.ts'
import { saveChoice, saveInterrupted, saveWeights } from './project.ts'
import { presentProject, projectFile, readProject, type Project } from './project_file.ts'
import * as state from './state.ts'
import { findMistakes } from './train.ts'

export const saveProjectFile = (): Promise<boolean> =>
  attempt('Saving the project as a file', async () => {
    const { file, name } = await projectFile(await presentProject())
    download(file, name)
  })

/** @throws what the engine throws for a network, or weights, that do not fit */
async function show({ choice, line, cards, epochs, chosenRate, augment, curve, matrix, weights }: Project): Promise<void> {
  await load(choice, line)
  nothingTrained()
  batch(() => {
    change('opening a project', cards)
    state.missing.value = undefined
    state.epochs.value = epochs
    state.chosenRate.value = chosenRate
    state.augment.value = augment
  })
  if (!weights) return
  await engine.plan(state.teachPlan.value)
  await engine.loadWeights(weights)
  state.curve.value = curve
  state.matrix.value = matrix
  state.trained.value = true
}

const sure = (): boolean =>
  state.cards.value.length === 0 ||
  confirm('Open that project in place of this one? What this one has learned is lost, unless you save it as a file first.')

/** What does not open leaves the project that is there. */
export async function openProjectFile(file: File): Promise<void> {
  if (!sure()) return
  const opened = await attempt('Opening the project', async () => {
    const project = await readProject(file)
    const before = state.missing.value ? undefined : await presentProject()
    await show(project).catch(async (error: unknown) => {
      if (before) await show(before)
      throw error
    })
    await saveInterrupted(undefined)
    await saveChoice(project.choice)
    await saveWeights(project.weights)
  })
  if (!opened) return
  report(`Opened: ${file.name}.`)
  if (state.trained.value && state.device.value) await unasked('Looking for mistakes', findMistakes)
}
