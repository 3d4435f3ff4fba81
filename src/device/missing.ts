/** Where there is no WebGPU, or no adapter: why, and what a user does next. */
import { DeviceError } from '../errors.ts'

/** What is looked at of `globalThis`. */
export interface Surroundings {
  readonly isSecureContext?: boolean
  readonly location?: { readonly origin: string }
  readonly navigator?: { readonly webdriver?: boolean }
  readonly process?: { readonly versions?: { readonly node?: string } }
}

/** For a platform without `navigator.gpu`. */
export function noWebGpu({ isSecureContext, location, process }: Surroundings = globalThis): DeviceError {
  const refuse = (got: string, next: string) => new DeviceError('no-webgpu', `[device] WebGPU must be there, got ${got}: ${next}`)
  if (process?.versions?.node) return refuse('Node without it', 'import thaw-webgpu/node instead of thaw-webgpu, and npm install webgpu')
  if (isSecureContext === false)
    return refuse(`a page that is not secure (${location?.origin})`, 'open it by https, or on this machine as http://localhost')
  return refuse('a browser without it', 'take a current Chrome, Edge, Safari or Firefox, or update this one')
}

/** For a browser that has WebGPU and nothing to run it on. */
export function noAdapter({ navigator }: Surroundings = globalThis): DeviceError {
  const next =
    "switch on graphics acceleration in the browser's settings, restart it, and update the graphics driver (chrome://gpu says what is wrong)"
  const headless = navigator?.webdriver ? '; in headless Chrome pass --enable-unsafe-webgpu' : ''
  return new DeviceError('no-adapter', `[device] a graphics adapter must be found, got none from the browser: ${next}${headless}`)
}
