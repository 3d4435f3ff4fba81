/**
 * A training in a process of its own: `FILE STEPS` goes on from the state in the file, or begins where there is none, and writes the state after so
 * many steps, or at the end.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { adam, loadTrainerState, openDevice, reduceLROnPlateau, saveTrainerState } from '../../src/node.ts'
import { THAWED_OPTIONS, thawedData, thawedModel } from '../support/thawed.ts'

const [file, steps] = process.argv.slice(2) as [string, string]
const device = await openDevice()
const model = thawedModel()
await model.compile({ device, optimizer: adam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
const stop = new AbortController()
let left = Number(steps)
const state = existsSync(file) ? { state: await loadTrainerState(readFileSync(file)) } : {}
try {
  await model.fit(thawedData, {
    ...THAWED_OPTIONS,
    ...state,
    callbacks: [reduceLROnPlateau({ patience: 1, minDelta: 10 })],
    signal: stop.signal,
    onProgress: ({ phase }) => void (phase === 'train' && --left === 0 && stop.abort()),
  })
} catch (error) {
  if (!stop.signal.aborted) throw error
}
writeFileSync(file, saveTrainerState(await model.trainerState()))
model.dispose()
device.dispose()
