/** Where downloads are kept. */
import { isAbsolute, join, resolve } from 'node:path'
import { homeFolder } from './user.ts'

/** An environment variable that names a folder; a relative one says nothing, as the XDG base directory specification has it. */
function named(variable: string): string | undefined {
  const value = process.env[variable]
  return value && isAbsolute(value) ? value : undefined
}

/**
 * The folder for what is downloaded: the environment's THAW_CACHE, else `thaw` in the user's folder for caches. That is `XDG_CACHE_HOME` or
 * `~/.cache`, on macOS `~/Library/Caches`, on Windows `%LOCALAPPDATA%`. It is not made here.
 * @example
 * console.log(cacheFolder()) // such as: /home/me/.cache/thaw
 */
export function cacheFolder(): string {
  const own = process.env['THAW_CACHE']
  if (own) return own
  if (process.platform === 'win32') return join(named('LOCALAPPDATA') ?? join(homeFolder(), 'AppData', 'Local'), 'thaw', 'Cache')
  if (process.platform === 'darwin') return join(homeFolder(), 'Library', 'Caches', 'thaw')
  return join(named('XDG_CACHE_HOME') ?? join(homeFolder(), '.cache'), 'thaw')
}

/** Where downloads were kept before: `.cache` in the working folder. Undefined where the environment names the folder. */
export function formerCacheFolder(): string | undefined {
  return process.env['THAW_CACHE'] ? undefined : resolve('.cache')
}
