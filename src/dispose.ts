/// <reference lib="esnext.disposable" preserve="true" />
/** `using` on every platform: the key under which a class offers its `dispose()` to a block's end. */

/**
 * `Symbol.dispose`; where the platform has none (Chrome before 134), `Symbol.for('Symbol.dispose')`, which is where esbuild, Babel and
 * SWC look when they compile `using`. A class that named its method by a missing symbol would be disposed by nobody, without a word.
 */
export const disposeKey: typeof Symbol.dispose =
  (Symbol as { readonly dispose?: typeof Symbol.dispose }).dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose)
