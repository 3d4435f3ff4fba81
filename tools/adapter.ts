/** Prints the adapter that THAW_ADAPTER gets; exit code 3 where there is none. */
import { adapterLabel } from '../src/device/adapter.ts'
import { DeviceError } from '../src/errors.ts'
import { nodeGpu } from '../src/node/adapter.ts'

try {
  const adapter = await (await nodeGpu()).requestAdapter()
  console.log(adapterLabel(adapter!.info))
} catch (error) {
  if (!(error instanceof DeviceError)) throw error
  console.log(error.message)
  process.exitCode = 3
}
