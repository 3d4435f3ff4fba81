/** Options that nobody knows are refused, by name, with the one that was probably meant. */
import { describe, expect, test } from 'vitest'
import { ArgumentError } from '../../src/errors.ts'
import { imageDataGenerator } from '../../src/training/generator.ts'
import { layers } from '../../src/layers/index.ts'
import { transfer } from '../../src/models/transfer.ts'
import { checkNames } from '../../src/options.ts'
import * as callbacks from '../../src/training/callbacks/index.ts'
import { explain, inputGradients } from '../../src/training/explain.ts'
import { losses } from '../../src/training/losses/index.ts'
import { metrics } from '../../src/training/metrics/index.ts'
import { cutMix, mixUp } from '../../src/training/mix.ts'
import type { Model } from '../../src/training/model.ts'
import * as optimizers from '../../src/training/optimizers/index.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const x = values([3, 9, 8, 2], 1)
const y = [0, 1, 2]
/** Of any call. */
type Options = never

test.each<[call: string, options: object, meant: string, run: (model: Model, options: Options) => unknown]>([
  ['compile', { metric: ['accuracy'] }, 'metrics', (m, o) => m.compile(o)],
  ['fit', { batch_size: 2 }, 'batchSize', (m, o) => m.fit({ x, y }, o)],
  ['fit', { validation_data: { x, y } }, 'validationData', (m, o) => m.fit({ x, y }, o)],
  ['fit', { epoch: 2 }, 'epochs', (m, o) => m.fit({ x, y }, o)],
  ['evaluate', { batchsize: 2 }, 'batchSize', (m, o) => m.evaluate({ x, y }, o)],
  ['predict', { agument: true }, 'augment', (m, o) => m.predict(x, o)],
  ['explain', { methods: 'saliency' }, 'method', (m, o) => explain(m, x, o)],
  ['inputGradients', { logit: true }, 'logits', (m, o) => inputGradients(m, x, o)],
  ['transfer', { classes: 3, dataSize: 'small', similar: 'similar' }, 'similarity', (m, o) => transfer(m, o)],
])('%s: %o', async (call, options, meant, run) => {
  using model = smallClassifier(3)
  await model.compile({ device: device(), optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const error: unknown = await Promise.resolve()
    .then(() => run(model, options as Options))
    .catch((e: unknown) => e)
  expect(error).toBeInstanceOf(ArgumentError)
  const wrong = Object.keys(options).at(-1)!
  expect((error as Error).message).toMatch(
    new RegExp(`^\\[${call}\\] options must be .*\\b${meant}\\b.*, got ${wrong} \\(did you mean ${meant}\\?\\)$`),
  )
})

describe('what is made with options', () => {
  const [path, factor] = [{ filepath: 'a.keras' }, { factor: 0.1 }]
  const sides = { heightFactor: 0.1, widthFactor: 0.1 }
  test.each<[name: string, make: (options: Options) => unknown, given: object, wrong: string, meant: string]>([
    ...Object.entries(optimizers)
      .filter(([name]) => /^(sgd|rmsprop|ada.*|nadam|lion)$/.test(name))
      .map(([name, make]): [string, (o: Options) => unknown, object, string, string] => [
        name,
        make as (o: Options) => unknown,
        {},
        'learning_rate',
        'learningRate',
      ]),
    ['cosineDecay', optimizers.cosineDecay, { initialLearningRate: 1, decaySteps: 2 }, 'alfa', 'alpha'],
    ['linearWarmup', optimizers.linearWarmup, { warmupTarget: 1, warmupSteps: 2 }, 'initial_learningRate', 'initialLearningRate'],
    ['categoricalCrossentropy', losses.categoricalCrossentropy, {}, 'labelSmooting', 'labelSmoothing'],
    ['auc', metrics.auc, {}, 'threshold', 'numThresholds'],
    ['earlyStopping', callbacks.earlyStopping, {}, 'patient', 'patience'],
    ['reduceLROnPlateau', callbacks.reduceLROnPlateau, {}, 'min_lr', 'minLr'],
    ['modelCheckpoint', callbacks.modelCheckpoint, path, 'save_best_only', 'saveBestOnly'],
    ['csvLogger', callbacks.csvLogger, { filename: () => undefined }, 'seperator', 'separator'],
    ['terminateOnNaN', callbacks.terminateOnNaN, {}, 'raiseErrors', 'raiseError'],
    ['mixUp', mixUp, {}, 'alfa', 'alpha'],
    ['cutMix', cutMix, {}, 'factors', 'factor'],
    ['random_flip', layers.randomFlip, {}, 'modes', 'mode'],
    ['random_rotation', layers.randomRotation, factor, 'fill_mode', 'fillMode'],
    ['random_zoom', layers.randomZoom, { heightFactor: 0.1 }, 'widthfactor', 'widthFactor'],
    ['random_translation', layers.randomTranslation, sides, 'fillvalue', 'fillValue'],
    ['random_shear', layers.randomShear, {}, 'x_factor', 'xFactor'],
    ['random_brightness', layers.randomBrightness, factor, 'value_range', 'valueRange'],
    ['random_grayscale', layers.randomGrayscale, factor, 'sed', 'seed'],
    ['random_color_jitter', layers.randomColorJitter, {}, 'brightness', 'brightnessFactor'],
    ['random_crop', layers.randomCrop, { height: 2, width: 2 }, 'trainble', 'trainable'],
    ['random_erasing', layers.randomErasing, factor, 'fillvalue', 'fillValue'],
    ['imageDataGenerator', imageDataGenerator, {}, 'rotation_range', 'rotationRange'],
  ])('%s', (name, make, given, wrong, meant) => {
    expect(() => make(given as Options)).not.toThrow()
    const run = () => make({ ...given, [wrong]: 1 } as Options)
    expect(run).toThrow(ArgumentError)
    expect(run).toThrow(new RegExp(`^\\[${name}(_\\d+)?\\] options must be .*, got ${wrong}( \\(did you mean ${meant}\\?\\))?$`))
  })
})

test('nothing is guessed where nothing is near, and nothing of what every object has is an option', () => {
  expect(() => checkNames('f', { colour: 1 }, ['epochs', 'seed'])).toThrow(/^\[f\] options must be epochs, seed, got colour$/)
  expect(() => checkNames('f', { a: 1 }, [])).toThrow(/^\[f\] options must be none, got a$/)
  expect(() => checkNames('f', { toString: 1 }, ['epochs'])).toThrow('got toString')
})
