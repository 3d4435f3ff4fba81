/** What the room Look and the worker tell each other. */

import type { Pixels } from './pixels.ts'

/** What the worker calls a file that is open. */
export type FileId = number

export interface LookLayer {
  /** Its name, behind those of the networks that it is in: `trunk/conv1`. */
  readonly path: string
  /** Keras's class. */
  readonly kind: string
  /** Of all it gives when it is first applied. */
  readonly shape: string
  readonly parameters: number
}

/** One application of a layer. */
export interface LookNode {
  /** The layer's path; where the layer is applied again, with a number behind it. */
  readonly id: string
  readonly path: string
  /** Ids of what it is applied to. */
  readonly from: readonly string[]
  /** Of a network, where it is first applied: inputs before what is made of them. */
  readonly inside?: readonly LookNode[]
}

export interface LookModel {
  readonly name: string
  /** What pixels become, by what the file or the name says; undefined where it takes no pictures. */
  readonly pixels?: Pixels
  readonly layers: readonly LookLayer[]
  /** Inputs before what is made of them. */
  readonly nodes: readonly LookNode[]
  readonly trainable: number
  readonly total: number
}

export interface LookWeight {
  readonly name: string
  readonly shape: readonly number[]
  /** As it is in the file. */
  readonly type: string
  /** By which its values are asked for. */
  readonly key: string
}

export interface LookInfo {
  readonly id: FileId
  readonly file: string
  readonly bytes: number
  /** Where it comes from: what is said, and what of it. */
  readonly origin: readonly (readonly [string, string])[]
  /** Undefined where the file says none, or one that cannot be built. */
  readonly model?: LookModel
  /** Where the model is not from the file itself. */
  readonly note?: string
  /** Why there is no model, and what to do. */
  readonly refusal?: string
  readonly weights: readonly LookWeight[]
}

/** A layer that is looked at. */
export interface LookDetail {
  /** Keras's config, a line for each key: the value is JSON. */
  readonly config: readonly (readonly [string, string])[]
  readonly weights: readonly LookWeight[]
}

/** What came of a picture. */
export interface LookWalk {
  /** What the picture was resized to. */
  readonly size: readonly [height: number, width: number]
  /** Of the best classes, the best first; none where the output is no list of classes, or `broken`. */
  readonly best: readonly { readonly name: string; readonly value: number }[]
  /** Whether what the network says has values in it that are no numbers. */
  readonly broken: boolean
}

export interface FeatureMap {
  readonly least: number
  readonly most: number
  /** Grey, from the least to the most. */
  readonly pixels: Uint8ClampedArray
}

/** What a layer made of the picture. */
export interface LookMaps {
  /** Without the batch. */
  readonly shape: readonly number[]
  /** Of all its values. */
  readonly values: Histogram
  /** None where the layer gives no pictures. */
  readonly channels: number
  readonly height: number
  readonly width: number
  /** Those that were asked for. */
  readonly maps: readonly FeatureMap[]
}

/** In what two files differ, but for the values of weights, which `compareWeight` reads one by one. */
export interface LookComparison {
  /** Undefined unless both hold a config. */
  readonly layers?: {
    readonly added: readonly string[]
    readonly removed: readonly string[]
    /** What of each is another: `config/filters: 8, then 16`. */
    readonly changed: readonly { readonly layer: string; readonly what: readonly string[] }[]
  }
  readonly byOrder: boolean
  readonly weights: readonly string[]
}

export interface LookWeightDifference {
  readonly weight: string
  /** Null where the file has none. */
  readonly a: readonly number[] | null
  readonly b: readonly number[] | null
  /** How many values differ, where both have one shape. */
  readonly different?: number
  /** Null where a value is no number. */
  readonly largest?: number | null
}

/** What a file can be written as. */
export type LookFormat = 'keras' | 'h5' | 'weights.h5'

export interface Histogram {
  readonly least: number
  readonly most: number
  readonly mean: number
  readonly deviation: number
  readonly zeros: number
  readonly notFinite: number
  readonly counts: readonly number[]
}

/** What the worker can be asked for. A file stays open until it is let go. */
export interface LookEngine {
  look(files: readonly File[]): Promise<LookInfo>
  letGo(file: FileId): Promise<void>
  layer(file: FileId, path: string): Promise<LookDetail>
  histogram(file: FileId, key: string): Promise<Histogram>
  /** Has a picture go through the network; `maps` tells of it from then on. @param pixels Default: what the file or the network's name says */
  walk(file: FileId, picture: Blob, pixels?: Pixels): Promise<LookWalk>
  maps(file: FileId, path: string, first: number, count: number): Promise<LookMaps>
  compare(a: FileId, b: FileId): Promise<LookComparison>
  /** @param weight its place in the comparison @returns undefined where they are alike */
  compareWeight(a: FileId, b: FileId, weight: number): Promise<LookWeightDifference | undefined>
  convert(file: FileId, format: LookFormat): Promise<Blob>
}
