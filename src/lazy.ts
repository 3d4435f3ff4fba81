/** Code that comes when it is asked for. */
import { ThawError } from './errors.ts'

/**
 * What an `import()` brings.
 * @throws ThawError `engine` where it does not come: offline, or where the page's files have been replaced meanwhile. A second call asks again, where the
 * browser has not kept that there was none.
 */
export const lazy = <T>(coming: Promise<T>): Promise<T> =>
  coming.catch((cause: unknown) => {
    throw new ThawError(
      'engine',
      `[thaw] the engine must load (check the network, try again or load the page again), got ${String(cause)}`,
      { cause },
    )
  })
