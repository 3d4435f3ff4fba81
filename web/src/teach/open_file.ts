/** A project goes into a file, and comes from one in place of the one that is open. */
import { batch } from '@preact/signals'
import { engine } from '../engine.ts'
import { attempt, report, unasked } from '../notice.ts'
import { download } from '../view/download.ts'
import { load, nothingTrained } from './network.ts'
import { change } from './pictures.ts'
import { saveChoice, saveInterrupted, saveWeights } from './project.ts'
import { presentProject, projectFile, readProject } from './project_file.ts'
import * as state from './state.ts'
import type { Project } from './state.ts'
import { findMistakes } from './train.ts'

export const saveProjectFile = (): Promise<boolean> =>
  attempt('Saving the project as a file', async () => {
    const { file, name } = await projectFile(await presentProject())
    download(file, name)
  })

type Learned = Pick<Project, 'choice' | 'line' | 'cards' | 'weights'>

/** What the engine has of a project. @throws what it throws for a network, or weights, that do not fit */
async function give({ choice, line, cards, weights }: Learned): Promise<void> {
  await load(choice, line)
  if (!weights) return
  await engine.plan({ ...state.line.value, classNames: cards.map(({ name }) => name) })
  await engine.loadWeights(weights)
}

/** What the page has of it. */
const show = ({ cards, epochs, chosenRate, augment, curve, matrix, weights }: Project): void =>
  batch(() => {
    nothingTrained()
    change('opening a project', cards)
    state.missing.value = undefined
    state.epochs.value = epochs
    state.chosenRate.value = chosenRate
    state.augment.value = augment
    if (!weights) return
    state.curve.value = curve
    state.matrix.value = matrix
    state.trained.value = true
  })

/** What the engine has now; where the kept network did not open, the one that stands in for it has learned nothing. */
async function given(): Promise<Learned> {
  const { missing, choice, line, cards } = state
  return missing.value ? { choice: choice.value, line: line.value, cards: cards.value, weights: undefined } : presentProject()
}

const sure = (): boolean =>
  state.cards.value.length === 0 ||
  confirm('Open that project in place of this one? What this one has learned is lost, unless you save it as a file first.')

/** What does not open leaves the project that is there. */
export async function openProjectFile(file: File): Promise<void> {
  if (!sure()) return
  const opened = await attempt('Opening the project', () =>
    state.whileTaking(async () => {
      const project = await readProject(file)
      const before = await given()
      await give(project).catch(async (error: unknown) => {
        await give(before)
        throw error
      })
      show(project)
      await saveInterrupted(undefined)
      await saveChoice(project.choice)
      await saveWeights(project.weights)
    }),
  )
  if (!opened) return
  report(`Opened: ${file.name}.`)
  if (state.trained.value && state.device.value) await unasked('Looking for mistakes', findMistakes)
}
