/** The model of a file: from its own config, else the known network that its weights fit; or why there is none, and what to do. */
import { loadModel, ThawError, type Model } from '../../../../src/index.ts'
import { missingClasses } from '../../../../src/models/entries.ts'
import { isOperationKnown } from '../../../../src/models/operation_refs.ts'
import type { ModelConfig } from '../../../../src/loaders/keras/model_config.ts'
import type { KerasWeightsFile } from '../../../../src/loaders/keras/weights_file.ts'

export interface Built {
  readonly model?: Model
  /** What is not in the file, and how it was found. */
  readonly note?: string
  readonly refusal?: string
}

const WHOLE = "save the whole model in Keras, model.save('model.keras'), and open that"

/** Names of classes in the config that are somebody's own; none where the config is broken, which the error says. */
function ownClasses({ config }: ModelConfig): string[] {
  try {
    return missingClasses(config, isOperationKnown).map(({ name }) => name)
  } catch (error) {
    if (error instanceof ThawError) return []
    throw error
  }
}

async function fromConfig(files: readonly File[], config: ModelConfig): Promise<Built> {
  try {
    return { model: await loadModel(files) }
  } catch (error) {
    if (!(error instanceof ThawError)) throw error
    const own = ownClasses(config)
    if (!own.length) return { refusal: error.message }
    return {
      refusal: `It has classes of its own, whose Python code is in no file: ${own.join(', ')}. A program can say what they do: loadModel(file, { customObjects }), docs/custom-layers.md. For this page, rebuild the model of Keras's layers and save it once more`,
    }
  }
}

/** Weights alone say nothing of how layers are connected: a network that is known here does, where all of its weights are in the file. */
async function fromWeights(files: readonly File[], keras: KerasWeightsFile): Promise<Built> {
  const { fitted, fittingNetworks } = await import('../../../../src/models/networks.ts')
  const [fit] = await fittingNetworks(keras, files, {})
  if (!fit || fit.mustSay)
    return {
      refusal: `It holds weights alone, and ${fit ? `those of ${fit.network}, without saying their order` : 'fits no network that is known here'}. Open its config together with it: open('model.json', 'w').write(model.to_json()) writes one; or ${WHOLE}`,
    }
  const model = (await fitted(fit)) as Model
  await model.loadWeights(files)
  return {
    model,
    note: `The file holds weights alone; they fit ${fit.network}${fit.includeTop ? '' : ' without its top'}, whose layers are shown`,
  }
}

/** No weight is read. */
export const buildModel = (files: readonly File[], keras: KerasWeightsFile, config: ModelConfig | undefined): Promise<Built> =>
  config ? fromConfig(files, config) : fromWeights(files, keras)
