/** What a Keras file holds, whatever its age, and what a network wants of it: the words that readers and matching share. */
import type { Shape } from '../../shape.ts'
import type { TensorSource } from '../../tensor_source.ts'
import type { Dataset } from '../hdf5/dataset.ts'
import type { Datatype } from '../hdf5/types.ts'

/** Order of axes: Theano's, or TensorFlow's. See {@link loadModel}. */
export type DimOrdering = 'th' | 'tf'
/** Which backend computed with the kernels. See {@link loadModel}. */
export type KernelKind = 'theano' | 'tensorflow'

/** The values of a weight in a file. */
export interface FileTensor extends TensorSource {
  /** In the file. */
  readonly path: string
  /** As they are stored. */
  readonly type: Datatype
}

/** What readers need of a group: one of a file, or the same group of several shards as one. */
export interface GroupLike {
  readonly path: string
  /** The same for two paths that lead to one group. */
  readonly id: string
  readonly names: readonly string[]
  readonly attributes: { strings(name: string): Promise<string[] | undefined> }
  has(name: string): boolean
  group(path: string): Promise<GroupLike>
  dataset(path: string): Promise<Dataset>
}

export interface FileWeight {
  /** Keras 2 and 3 name within the layer, such as `kernel`; Keras 1 names are translated. A number in files that have no names. */
  readonly name: string
  readonly source: FileTensor
}

/** Where a `.weights.h5` file keeps a layer. */
export interface FilePlace {
  /** HDF5 path of the model or nested model. */
  readonly model: string
  /** In snake case. */
  readonly className: string
  /** Among that model's layers of this class that have weights, in the order of `model.layers`. */
  readonly position: number
  /** HDF5 path of the layer. */
  readonly path: string
  /** HDF5 path of the layer that it is a part of, where that has no name: only a config tells what it is there. */
  readonly holder?: string
}

export interface FileLayer {
  /** The HDF5 path of its group in files that have no names. */
  readonly name: string
  /** With the scopes that its weights' names have, where these are more than the name: `trunk/conv1`. */
  readonly fullName?: string
  /** Where it is held by a layer of the user's class, under the name of an attribute: `block/conv1`, whatever its own name is. */
  readonly attribute?: string
  /** The group that it is in by its weights' names alone: of a nested model, or of a layer that was renamed. */
  readonly group?: string
  /** In the layer's own order. Empty for layers without weights. */
  readonly weights: readonly FileWeight[]
  /** Keras 3 `.weights.h5` only. */
  readonly place?: FilePlace
}

export interface KerasWeightsFile {
  /** For people: `weights only` or `whole model`, and the version of Keras where the file says it. */
  readonly variant: string
  /** Of the source. */
  readonly fileName: string
  /** Of Keras, where the file's attributes or an option say it. */
  readonly version?: string
  /** 2: Keras 2 and all later ones. */
  readonly era: 0 | 1 | 2
  /** Which backend computed with the kernels, where the file or its name says it. */
  readonly kernels?: KernelKind
  /** Where the file's config or name says it. */
  readonly dimOrdering?: DimOrdering
  /**
   * Files of Keras 0, which are matched by order only. `layers`: layers without names, or rather called `layer_0`, ...; `flat`: one layer with
   * the weights of all.
   */
  readonly positional?: 'layers' | 'flat'
  /** False for `.weights.h5` files from before Keras 3.6, which know layers by class and position only. */
  readonly named: boolean
  /**
   * In the order of the model's layers; `.weights.h5` files keep that order only within a class. Layers of a nested model stand for
   * themselves, in the order of their weights.
   */
  readonly layers: readonly FileLayer[]
}

/** A layer of the network that wants weights. */
export interface WeightTarget {
  readonly layer: string
  /** With the names of the nested models that it is in: `trunk/conv1`. Tells apart layers of one name. Default: `layer`. */
  readonly path?: string
  /** What wraps it alone: in older files its weights are that layer's. */
  readonly wrapper?: string
  readonly className: string
  readonly parameters: readonly { readonly name: string; readonly shape: Shape }[]
  /** Sizes of the feature map that was flattened into this layer's input. */
  readonly flattened?: readonly [height: number, width: number, channels: number]
  /** Of a BatchNormalization. Default 1e-3. */
  readonly epsilon?: number
}
