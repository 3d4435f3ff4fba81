/** Where a file comes from, in words. */
import type { Model } from '../../../../src/index.ts'
import type { ByteSource } from '../../../../src/loaders/bytes/bytes.ts'
import { dtypeName } from '../../../../src/loaders/hdf5/types.ts'
import type { ModelConfig } from '../../../../src/loaders/keras/model_config.ts'
import { originOf } from '../../../../src/loaders/keras/origin.ts'
import { savedOptimizerIn } from '../../../../src/loaders/keras/saved_optimizer.ts'
import type { KerasWeightsFile } from '../../../../src/loaders/keras/weights_file.ts'

/** Names of classes that are shown. */
const SHOWN = 12

async function optimizerIn(source: ByteSource, config: ModelConfig): Promise<string> {
  const saved = savedOptimizerIn(source, config)
  if (!saved) return 'none is kept'
  const name = String(saved.config['class_name'])
  const count = (await saved.variables()).length
  return count ? `${name}, with its state (${count} variables), so that training can go on` : `${name}, without its state`
}

const classesOf = ({ classNames, outputs }: Model): string =>
  classNames
    ? `${classNames.slice(0, SHOWN).join(', ')}${classNames.length > SHOWN ? `, and ${classNames.length - SHOWN} more` : ''}`
    : `not in the file; outputs: ${outputs.map(({ shape }) => shape.at(-1) ?? 'open').join(', ')}`

/** @param model where one can be built */
export async function originLines(
  source: ByteSource,
  keras: KerasWeightsFile,
  config: ModelConfig | undefined,
  model: Model | undefined,
): Promise<[string, string][]> {
  const { version, backend, saved, policies, loss } = await originOf(source, config)
  const types = [...new Set(keras.layers.flatMap((l) => l.weights.map((w) => dtypeName(w.source.type))))]
  return [
    ['File', keras.variant],
    ['Keras', version ?? 'the file does not say which'],
    ...(backend === undefined ? [] : [['Backend', backend] as [string, string]]),
    ...(saved === undefined ? [] : [['Saved', saved.replace('@', ' ')] as [string, string]]),
    ['Weights kept as', types.join(', ') || 'none'],
    ...(policies.length ? [['Dtype policy', policies.join(', ')] as [string, string]] : []),
    ...(config ? [['Optimizer', await optimizerIn(source, config)] as [string, string]] : []),
    ...(loss === undefined ? [] : [['Loss', loss] as [string, string]]),
    ...(model ? [['Classes', classesOf(model)] as [string, string]] : []),
  ]
}
