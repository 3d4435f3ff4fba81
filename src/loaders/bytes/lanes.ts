/** Slow jobs, several at a time. */

/**
 * Runs `job` for 0 to count - 1, at most `lanes` at the same time. After one that fails no other begins.
 * @throws what the first that failed threw, when all that were begun have ended
 */
export async function inLanes(count: number, lanes: number, job: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  let failure: { error: unknown } | undefined
  const lane = async () => {
    while (next < count && !failure) {
      try {
        await job(next++)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, lanes) }, lane))
  if (failure) throw failure.error
}
