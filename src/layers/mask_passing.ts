/** Which layers pass masks on, for what runs layers (masking.ts) and what reads them in configs. */

/** Classes that give what comes in with its mask, whether or not it is of use to them. */
export const PASSING =
  'Activation ActivityRegularization AlphaDropout Dense Dropout ELU GaussianDropout GaussianNoise GroupNormalization Identity LayerNormalization LeakyReLU Normalization PReLU ReLU Rescaling SpatialDropout1D SpatialDropout2D TimeDistributed UnitNormalization BatchNormalization'.split(
    ' ',
  )
