/** What an adapter is like: the facts that kernels are chosen by. */

export interface Caps {
  /** Computes on a CPU. Its threads are few and wide, barriers are dear, and each load of a vector is several loads. */
  readonly software: boolean
  /** Shaders may use f16. */
  readonly f16: boolean
  /** Sizes that a subgroup may have; undefined where shaders may not use subgroups. */
  readonly subgroups: { readonly min: number; readonly max: number } | undefined
  /** Bytes of workgroup memory. WebGPU gives 16,384 at least. */
  readonly workgroupBytes: number
  /** Threads of a workgroup. WebGPU gives 256 at least. */
  readonly invocations: number
}

/** A GPU that offers no more than WebGPU promises. */
export const BASE_CAPS: Caps = { software: false, f16: false, subgroups: undefined, workgroupBytes: 16384, invocations: 256 }
