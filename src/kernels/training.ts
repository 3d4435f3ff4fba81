/** What layers append in training steps alone. Who trains hands it to them (`EmitContext.training`), so that pages that only predict load none of it. */
import { batchNormTrain } from './batch_norm_train/batch_norm_train.ts'
import { dropout } from './dropout.ts'
import { moments } from './moments.ts'
import { moveStatistics } from './move_statistics.ts'

export const trainingOps = { batchNormTrain, dropout, moments, moveStatistics }

export type TrainingOps = typeof trainingOps
