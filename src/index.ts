/** Thaw for browsers: no run-time dependency. Node users import `thaw-webgpu/node`, which adds an adapter, files and pictures. */
export { adapterLabel } from './device/adapter.ts'
export { openDevice, Device } from './device/device.ts'
export type { OpenDeviceOptions } from './device/device_options.ts'
export type { AspectRatio, ColorMode, Interpolation, PictureOptions, PictureSpec, Resizer } from './about.ts'
export type { UploadProgress } from './tensor_source.ts'
export type { Batch, BatchLike, Batches, BatchOptions, Dataset } from './dataset.ts'
export * from './errors.ts'
export type { Graph, Node } from './graph/graph.ts'
/**
 * All ops, by their names: what graphs are made of, for layers, losses and metrics of one's own.
 * @example
 * const square = defineLayer({ name: 'Square', call: ({ graph }, x) => graph.add(ops.combine, [x, x], { kind: 'multiply', activation: 'linear' }) })
 * square({}).apply(input).shape // [null, 8, 8, 3]
 */
export * as ops from './kernels/index.ts'
export type { PreprocessMode } from './preprocess_modes.ts'
export type { Activation } from './layers/activations.ts'
export type { Axes } from './layers/axes.ts'
export type { RawConfig } from './layers/config.ts'
export {
  defineLayer,
  type LayerCall,
  type LayerDefinition,
  type LayerMaker,
  type LayerOps,
  type WeightDefinition,
} from './layers/custom.ts'
export { layers } from './layers/index.ts'
export { glorotUniform, heUniform, initializers, ones, zeros, type Initializer, type InitializerName } from './layers/initializers.ts'
export {
  constraints,
  regularizers,
  type Constraint,
  type ConstraintLike,
  type Regularizer,
  type RegularizerLike,
} from './layers/weight_rules.ts'
export type { DataFormat } from './layers/space.ts'
export { Layer, type SymbolicShape, type SymbolicTensor } from './layers/layer.ts'
export type { LoadReport, LoadWeightsOptions, WeightsFileInput, WeightsInput } from './loaders/keras/load_weights.ts'
export type { Network, NetworkOptions } from './layers/network.ts'
export type { ParamCounts } from './layers/summary.ts'
export { blobSource } from './loaders/bytes/blob.ts'
export { bytesSource, type ByteSource } from './loaders/bytes/bytes.ts'
export { httpSource, type HttpOptions } from './loaders/bytes/http.ts'
export { loadImage, loadImages } from './loaders/images/load.ts'
export type { ImageInput, ImageTensor, LoadImageOptions } from './loaders/images/load_image.ts'
export type { LoadImagesOptions } from './loaders/images/load_images.ts'
export type { PictureSource, RgbaPixels } from './loaders/images/picture_source.ts'
export type { ImageDataset, ImageDatasetOptions } from './loaders/images/image_dataset.ts'
export { droppedFiles, imageDataset, type PictureFile } from './loaders/images/picked_files.ts'
export type { MatchOptions } from './loaders/keras/match.ts'
export type { ConvertOptions } from './loaders/keras/theano.ts'
export type { DimOrdering, KernelKind } from './loaders/keras/weights_file.ts'
export {
  classIndexFile,
  resolveFile,
  resolveWeights,
  setDefaultWeightCache,
  type PartialFile,
  type PinnedFile,
  type ResolveOptions,
  type WeightCache,
  type WeightsPart,
} from './loaders/weights/weight_store.ts'
export type { LayerToWrite, WeightToWrite } from './loaders/keras/writer.ts'
export type { AlexNetOptions } from './models/alexnet.ts'
export type { ApplicationOptions } from './models/application.ts'
export {
  CLASS_INDEX_URL,
  decodePredictions,
  loadClassIndex,
  type ClassIndex,
  type ClassIndexInput,
  type ClassIndexOptions,
  type Prediction,
} from './loaders/images/class_names.ts'
export type { Classification, Classifier, ClassifierOptions, ClassifyOptions } from './models/classifier.ts'
export { createClassifier } from './models/create_classifier.ts'
export type { CustomObject, FromConfigOptions, Replacement } from './models/from_config.ts'
export type { GoogLeNetOptions } from './models/googlenet.ts'
export { alexnet, googlenet, inceptionV3, resnet101, resnet152, resnet50, resnet50Legacy, vgg16, vgg19 } from './models/named.ts'
export { loadModel, type LoadModelOptions } from './models/load_model.ts'
export { preprocessInput, preprocessModeOf, type NetworkName } from './loaders/images/preprocess.ts'
export type { ResNet50LegacyOptions } from './models/resnet_legacy.ts'
export { cloneModel } from './models/clone_model.ts'
export { sequential, type SequentialOptions } from './models/sequential.ts'
export { transfer, type HeadOptions, type TransferOptions } from './models/transfer.ts'
export type { Transfer } from './models/transfer_report.ts'
export type { Padding, Shape } from './shape.ts'
export type { Structure } from './structure.ts'
export { stack, tensor, type Tensor } from './tensor.ts'
export { topK, type TopK } from './top_k.ts'
export * from './training/callbacks/index.ts'
export type { CompileOptions, MoveOptions } from './training/compile_options.ts'
export type { CriteriaOptions } from './training/criteria.ts'
export type { EvaluateOptions, Scores } from './training/evaluate.ts'
export type { LabelledData } from './training/inputs.ts'
export type { Labelling } from './training/labels.ts'
export {
  categoricalCrossentropy,
  losses,
  sparseCategoricalCrossentropy,
  toCategorical,
  type Labels,
  type Loss,
  type LossName,
} from './training/losses/index.ts'
export {
  accuracy,
  meanMetric,
  metrics,
  type Detail,
  type Details,
  type Logs,
  type Metric,
  type MetricBatch,
  type MetricName,
} from './training/metrics/index.ts'
export { explain, inputGradients } from './training/explain.ts'
export type { Explanation, ExplainOptions, ScoreOptions } from './training/explanation.ts'
export type { EpochLog, FitOptions, FitProgress, History, TestOnBatchOptions, TrainOnBatchOptions } from './training/fit_options.ts'
export type { FitNote } from './training/notes.ts'
export { Model, type AnyModel, type ModelOptions, type Predictions, type SaveModelOptions } from './training/model.ts'
export type { ImageDataGeneratorOptions } from './layers/augmentation/generator.ts'
export { imageDataGenerator, type FlowOptions, type GeneratorFitOptions, type ImageDataGenerator } from './training/generator.ts'
export { cutMix, mixUp, type Mix } from './training/mix.ts'
export type { AugmentedPredictOptions, PredictOptions } from './training/predict.ts'
export { loadTrainerState, saveTrainerState } from './training/state_file.ts'
export type { TrainerState } from './training/trainer_state.ts'
export { kerasWeightsFile, type KerasFile, type ModelFormat, type WeightsFormat } from './loaders/keras/keras_file.ts'
export {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  inverseTimeDecay,
  linearWarmup,
  lion,
  nadam,
  piecewiseConstantDecay,
  polynomialDecay,
  rmsprop,
  sgd,
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamaxOptions,
  type AdamOptions,
  type AdamwOptions,
  type CommonOptions as OptimizerOptions,
  type CosineDecayOptions,
  type CosineDecayRestartsOptions,
  type ExponentialDecayOptions,
  type LearningRateSchedule,
  type LinearWarmupOptions,
  type LionOptions,
  type NadamOptions,
  type Optimizer,
  type OptimizerConfig,
  type OptimizerName,
  type PiecewiseConstantDecayOptions,
  type PolynomialDecayOptions,
  type RmspropOptions,
  type SgdOptions,
  type Trained,
} from './training/optimizers/index.ts'
