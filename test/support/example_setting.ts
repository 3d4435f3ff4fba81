/** What examples in docstrings may use without declaring it, and the files that they name. docs/reference.md tells readers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Device } from '../../src/device/device.ts'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { sequential } from '../../src/models/sequential.ts'
import type { Tensor } from '../../src/tensor.ts'
import type { Model } from '../../src/training/model.ts'
import { noisePng } from './picture_folder.ts'
import { values } from './values.ts'

/** By name, what an example may use. */
export interface Setting {
  readonly device: Device
  /** A classifier of pictures [8,8,3] in three classes, with layers `conv`, `pool` and `predictions`; compiled for training. */
  readonly model: Model
  /** Six pictures [6,8,8,3], and the numbers of their classes. */
  readonly x: Tensor
  readonly y: number[]
  /** What `layers.input({ shape: [8, 8, 3] })` gives. */
  readonly input: SymbolicTensor
  /** Ends what it is given to. */
  readonly signal: AbortSignal
}

export const SETTING = ['device', 'model', 'x', 'y', 'input', 'signal'] as const satisfies readonly (keyof Setting)[]

export function settingModel(): Model {
  return sequential(
    [
      layers.input({ shape: [8, 8, 3] }),
      layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'conv' }),
      layers.globalAveragePooling2d({ name: 'pool' }),
      layers.dense({ units: 3, activation: 'softmax', name: 'predictions' }),
    ],
    { name: 'small' },
  )
}

const FILES: Readonly<Record<string, () => Promise<Uint8Array | string> | Uint8Array | string>> = {
  'model.keras': async () => new Uint8Array(await (await settingModel().save().blob()).arrayBuffer()),
  'model.weights.h5': async () => new Uint8Array(await (await settingModel().saveWeights().blob()).arrayBuffer()),
  'labels.txt': () => 'cat\ndog\nbird\n',
  'photo.png': () => noisePng(12, 16, 1),
  'animals/cat/1.png': () => noisePng(12, 16, 2),
  'animals/cat/2.png': () => noisePng(12, 16, 3),
  'animals/dog/1.png': () => noisePng(12, 16, 4),
  'animals/dog/2.png': () => noisePng(12, 16, 5),
}

/** A folder of its own with the files. @returns takes it away */
export async function inSettingFolder(): Promise<() => void> {
  const [before, folder] = [process.cwd(), mkdtempSync(join(tmpdir(), 'thaw-docs-'))]
  for (const [path, make] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), await make())
  }
  process.chdir(folder)
  return () => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A setting on a device, whose parts are made when they are asked for. */
export async function settingOn(device: Device, used: readonly string[]): Promise<{ setting: Setting; end: () => void }> {
  const model = settingModel()
  if (used.includes('model'))
    await model.compile({ device, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const x = values([6, 8, 8, 3], 1)
  const setting = {
    device,
    model,
    x,
    y: [0, 1, 2, 0, 1, 2],
    input: layers.input({ shape: [8, 8, 3] }),
    signal: new AbortController().signal,
  }
  return { setting, end: () => model.dispose() }
}
