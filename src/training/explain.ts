/** Why a model says what it says: gradients of a class's score by the pixels, and Grad-CAM. What makes them comes when it is asked for. */
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import type { Explanation, ExplainOptions, ScoreOptions } from './explanation.ts'
import type { AnyModel } from './model.ts'
import { lazy } from '../lazy.ts'

/**
 * The gradient of a class's score by every value of the samples. The model must be compiled; as it predicts: nothing is dropped, batch
 * normalisation has its moving statistics.
 * @param x as for `predict`
 * @returns gradients of the samples' shapes, in the structure of x
 * @throws ArgumentError for options that do not fit, and where an op has no gradient; ShapeError, DataError, DeviceError, the signal's reason
 * @example
 * const dx = await inputGradients(model, x, { class: 2 })
 * dx.shape // [6, 8, 8, 3]
 */
export async function inputGradients<X extends Structure<Tensor>>(model: AnyModel, x: X, options: ScoreOptions = {}): Promise<X> {
  return (await lazy(import('./explanation.ts'))).inputGradients(model, x, options)
}

/**
 * A heat map for each sample: what of the picture speaks for a class. The model must be compiled; as it predicts.
 * @param x as for `predict`
 * @throws as inputGradients; for `saliency` and `gradTimesInput` ShapeError unless the model takes pictures, [N,H,W,C] or [N,C,H,W], alone
 * @example
 * const map = await explain(model, x, { layer: 'conv', size: true })
 * map.shape // [6, 8, 8]
 * map.classes.length // 6
 */
export async function explain(model: AnyModel, x: Structure<Tensor>, options: ExplainOptions = {}): Promise<Explanation> {
  return (await lazy(import('./explanation.ts'))).explain(model, x, options)
}
