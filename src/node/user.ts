/** Who the user is, also where the system does not know: containers may run as somebody without an entry in passwd. */
import { homedir, tmpdir, userInfo } from 'node:os'

function known(ask: () => string, otherwise: string): string {
  try {
    return ask() || otherwise
  } catch {
    return otherwise
  }
}

/** The user's own folder; that for temporary files where there is none. */
export const homeFolder = (): string => known(homedir, tmpdir())

/** What tells users apart in names. */
export const userName = (): string => known(() => userInfo().username, String(process.getuid?.() ?? 'user'))
