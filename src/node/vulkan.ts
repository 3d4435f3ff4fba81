/** Vulkan on Linux, as Dawn finds it: a loader library, and driver files that say where the drivers are. Other systems need none of it. */
import { existsSync, readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { embeddedVulkan } from './swiftshader.ts'
import { homeFolder } from './user.ts'

/** RTLD_NODELETE of dlopen(3): the library stays loaded although Node finds that it is no add-on. */
const RTLD_NODELETE = 0x1000

/** What names the drivers, if set; loaders before 1.3.207 know the second alone. */
const DRIVER_VARIABLES = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const

/** Loads a library that is no Node add-on into the process, for everybody. @returns why it could not be, or undefined */
function load(library: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE)
  } catch (error) {
    const { message } = error as Error
    return message.includes('self-register') ? undefined : message // Node's word for "loaded, but no add-on"
  }
  return undefined
}

/**
 * Sees to it that Dawn finds a Vulkan loader. It asks dlopen for `libvulkan.so.1`; where the system has none, a library of that name
 * that is already loaded is what it gets, so neither LD_LIBRARY_PATH nor a second process is needed.
 * @returns why there is none, or undefined
 */
export function ensureLoader(): string | undefined {
  const why = load('libvulkan.so.1')
  if (why === undefined) return undefined
  try {
    return load(embeddedVulkan().loader)
  } catch {
    return `no Vulkan loader: ${why}`
  }
}

/** The driver files that the loader would read, in its order. */
export function driverFiles(env: NodeJS.ProcessEnv = process.env): string[] {
  const list = (value: string | undefined, otherwise: string) => (value || otherwise).split(':').filter(Boolean)
  const given = DRIVER_VARIABLES.map((name) => env[name]).find(Boolean)
  const added = list(env['VK_ADD_DRIVER_FILES'], '')
  if (given) return [...added, ...list(given, '')].filter(existsSync)
  const folders = [
    ...list(env['XDG_CONFIG_HOME'], join(homeFolder(), '.config')),
    ...list(env['XDG_CONFIG_DIRS'], '/etc/xdg'),
    '/etc',
    ...list(env['XDG_DATA_HOME'], join(homeFolder(), '.local/share')),
    ...list(env['XDG_DATA_DIRS'], '/usr/local/share:/usr/share'),
  ].map((folder) => join(folder, 'vulkan', 'icd.d'))
  const found = folders.filter(existsSync).flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
  return [...added.filter(existsSync), ...found.filter((file) => file.endsWith('.json'))]
}

/** Runs `work` with one driver visible only, or with all there are. The loader reads the variables anew for every instance of Dawn. */
export async function withDriver<T>(driver: string | undefined, work: () => Promise<T>): Promise<T> {
  if (driver === undefined) return work()
  const before = DRIVER_VARIABLES.map((name) => [name, process.env[name]] as const)
  for (const name of DRIVER_VARIABLES) process.env[name] = driver
  try {
    return await work()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
