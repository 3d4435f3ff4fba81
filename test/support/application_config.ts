/** Networks that Thaw has no function for, from the configs that real Keras saved (test/golden/make_applications.py). */
import './all_classes.ts'
import type { KerasVersion } from '../../src/layers/config.ts'
import * as lambdas from '../../src/loaders/python/lambda.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import type { Model } from '../../src/training/model.ts'
import { useRecipe } from './recipe.ts'

/**
 * With recipe weights.
 * @param packed the model's JSON, gzip, base64
 * @param size height and width to take instead of the config's, of a network without its top
 * @param keras the dialect
 */
export async function networkOf(packed: string, size?: number, keras: KerasVersion = 3): Promise<Model> {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0))
  const text = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')))
  const config = (await text.json()) as { config: { layers: { config: { batch_shape?: unknown } }[] } }
  if (size !== undefined) config.config.layers[0]!.config.batch_shape = [null, size, size, 3]
  const model = modelFromConfig(config, keras, {}, {}, lambdas)
  useRecipe(model)
  return model
}
