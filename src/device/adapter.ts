/** What an adapter is like. */
import type { Caps } from '../caps.ts'

/** Features that kernels may use, where the adapter has them. */
export const FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups']

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|warp/i

/** Whether a processor stands in for a GPU: kernels are chosen by it. */
export function isSoftwareAdapter(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(`${info.description} ${info.device} ${info.architecture}`)
}

/**
 * One line for people: `SwiftShader Device (LLVM 16.0.0), software`.
 * @example
 * console.log(adapterLabel(device.info)) // such as: SwiftShader Device (LLVM 16.0.0), software
 */
export function adapterLabel(info: GPUAdapterInfo): string {
  const name = info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'unnamed adapter'
  return `${name}, ${isSoftwareAdapter(info) ? 'software' : 'hardware'}`
}

/** What kernels are chosen by. */
export function capsOf(gpu: GPUDevice, info: GPUAdapterInfo): Caps {
  return {
    software: isSoftwareAdapter(info),
    f16: gpu.features.has('shader-f16'),
    subgroups: gpu.features.has('subgroups') ? { min: info.subgroupMinSize, max: info.subgroupMaxSize } : undefined,
    workgroupBytes: gpu.limits.maxComputeWorkgroupStorageSize,
    invocations: gpu.limits.maxComputeInvocationsPerWorkgroup,
  }
}
