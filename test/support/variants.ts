/** Every kind of file that is read: a file of the kind, who wrote it, and what opening it must say. Shown in the README's table. */
export interface VariantCase {
  readonly title: string
  /** In test/golden. */
  readonly file: string
  /** `keras`, `tfjs`: the library of that version; `h5py`: a script that lays the file out as that version did, from its source. */
  readonly by: 'keras' | 'tfjs' | 'h5py'
  readonly says: RegExp
  /** Rebuilds the model, too. */
  readonly model?: true
  /** Names of formats that are written. */
  readonly written?: string
}

export const variants: readonly VariantCase[] = [
  { title: 'Keras 0, weights by number', file: 'keras_files/keras0.h5', by: 'h5py', says: /^weights only, Keras 0, layers/ },
  { title: 'Keras 0, Graph', file: 'keras_files/keras0_graph.h5', by: 'h5py', says: /^weights only, Keras 0, a list/ },
  { title: 'Keras 1 weights, also in Theano order', file: 'keras_files/keras1_theano.h5', by: 'h5py', says: /^weights only, Keras 1/ },
  { title: 'Keras 1 model', file: 'models/keras1.h5', by: 'keras', says: /^whole model, Keras 1/, model: true },
  { title: 'Model of the Theano backend', file: 'models/theano1.h5', by: 'keras', says: /^whole model, Keras 1/, model: true },
  {
    title: 'Keras 2 weights (`.h5`)',
    file: 'keras_files/keras2_weights.h5',
    by: 'h5py',
    says: /^weights only, Keras 2/,
    written: "saveWeights('h5')",
  },
  { title: 'Keras 2 model (`.h5`)', file: 'models/keras2_15.h5', by: 'keras', says: /^whole model, Keras 2\.15/, model: true },
  { title: 'tf.keras 2.11 archive', file: 'keras_files/tf_keras_2_11.keras', by: 'h5py', says: /^\.keras archive of tf\.keras 2\.11/ },
  {
    title: 'tf.keras 2.12 to 2.14 archive (`.keras`) and weights',
    file: 'models/keras2_13.keras',
    by: 'keras',
    says: /^\.keras archive, tf\.keras 2\.11 to 2\.14 weights/,
    model: true,
  },
  {
    title: 'Keras 2.15 archive (`.keras`)',
    file: 'models/keras2_15.keras',
    by: 'keras',
    says: /^\.keras archive, Keras 3 weights, without layer names/,
    model: true,
  },
  {
    title: 'Keras 2.15 to 3.5 weights, without names',
    file: 'keras_files/keras3_0_nested.weights.h5',
    by: 'h5py',
    says: /^Keras 3 weights, without layer names/,
  },
  {
    title: 'Keras 3 weights (`.weights.h5`)',
    file: 'keras_files/keras3.weights.h5',
    by: 'keras',
    says: /^Keras 3 weights, with layer names/,
    written: "saveWeights('weights.h5')",
  },
  { title: 'Keras 3 weights in shards', file: 'keras_files/keras3_sharded.weights.json', by: 'keras', says: /in 3 shards$/ },
  {
    title: 'Keras 3 model (`.h5`)',
    file: 'keras_files/keras3_model.h5',
    by: 'keras',
    says: /^whole model, Keras 3/,
    model: true,
    written: "save('h5')",
  },
  {
    title: 'Keras 3 archive (`.keras`)',
    file: 'models/transfer.keras',
    by: 'keras',
    says: /^\.keras archive, Keras 3/,
    model: true,
    written: "save('keras')",
  },
  {
    title: 'TensorFlow.js layers model (`model.json` and the files beside it), float32, or quantized to float16, uint16, uint8',
    file: 'models/tfjs/own/model.json',
    by: 'tfjs',
    says: /^TensorFlow\.js layers model, TensorFlow\.js tfjs-layers v4/,
    model: true,
  },
]
