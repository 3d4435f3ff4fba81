/** The callbacks that come with Thaw, by Keras's names. */
export type { Callback, EpochLogs, ReadLogs, TrainedModel, Training } from './callback.ts'
export { csvLogger, type CsvLoggerOptions } from './csv_logger.ts'
export { earlyStopping, type EarlyStoppingOptions } from './early_stopping.ts'
export { learningRateScheduler, reduceLROnPlateau, type ReduceLROnPlateauOptions, type Schedule } from './learning_rate.ts'
export { modelCheckpoint, type ModelCheckpointOptions } from './model_checkpoint.ts'
export type { MonitorOptions } from './monitor.ts'
export { indexedDbStore, opfsStore, type FileStore } from './stores.ts'
export { terminateOnNaN } from './terminate_on_nan.ts'
