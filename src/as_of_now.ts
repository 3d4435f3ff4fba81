/** What is read only when something has come: as it is at the call. */

/** What was given, for who reads it later: of a list, which its owner may empty meanwhile, what is in it now. */
export function asOfNow<T>(given: T): T {
  const list = typeof given === 'object' && given !== null && !ArrayBuffer.isView(given) && Symbol.iterator in given
  return list ? ([...(given as Iterable<unknown>)] as T) : given
}
