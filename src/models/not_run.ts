/** Layers of Keras itself that are not run here, and what to do about them. */

/** By what they are layers of. Recurrent ones and what wraps them; those of a depth as well. */
const KINDS = {
  'recurrent networks': 'LSTM GRU SimpleRNN RNN CuDNNLSTM CuDNNGRU Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D',
  volumes:
    'Conv3D Convolution3D Conv3DTranspose MaxPooling3D AveragePooling3D GlobalMaxPooling3D GlobalAveragePooling3D ' +
    'UpSampling3D ZeroPadding3D Cropping3D SpatialDropout3D',
}

const OF = new Map(Object.entries(KINDS).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind] as const)))

/** What a class of Keras is a layer of, where such layers are not run; undefined for others. */
export const notRun = (className: string): string | undefined => OF.get(className)

/** What gives, in Keras, the part of the model that ends before a layer. @param layer its name */
export const partBefore = (layer: string): string =>
  `keras.Model(model.inputs, model.get_layer(${JSON.stringify(layer)}).input).save("part.keras")`
