/**
 * The two releases of ResNet50, whose files have one name and whose layers have not. The order of weights differs in the blocks with a
 * projection, and in the first stage both orders have the same shapes: by order, one release's weights would go into the other unnoticed.
 * tensorflow#33459.
 */

/** Names of the old release (Keras 1 to 2.2, 2016 to 2019), and what the layer is called in the new one. */
const OLD: readonly (readonly [pattern: RegExp, now: (found: RegExpExecArray) => string])[] = [
  [/^res(\d)([a-z])_branch2([abc])$/, (m) => `conv${m[1]}_block${place(m[2]!)}_${place(m[3]!)}_conv`],
  [/^bn(\d)([a-z])_branch2([abc])$/, (m) => `conv${m[1]}_block${place(m[2]!)}_${place(m[3]!)}_bn`],
  [/^res(\d)([a-z])_branch1$/, (m) => `conv${m[1]}_block${place(m[2]!)}_0_conv`],
  [/^bn(\d)([a-z])_branch1$/, (m) => `conv${m[1]}_block${place(m[2]!)}_0_bn`],
  [/^bn_conv1$/, () => 'conv1_bn'],
]
const NEW = /^conv\d_block\d+_\d_(conv|bn)$|^conv1_bn$/

/** a -> 1 */
const place = (letter: string): number => letter.charCodeAt(0) - 96

function modern(name: string): string | undefined {
  for (const [pattern, now] of OLD) {
    const found = pattern.exec(name)
    if (found) return now(found)
  }
  return NEW.test(name) ? name : undefined
}

/** A name that only one release has. */
const mark = (names: readonly string[], release: 'old' | 'new'): string | undefined =>
  names.find((n) => (release === 'old' ? modern(n) !== undefined && !NEW.test(n) : NEW.test(n)))

/** Says that a file is of the other release than the network, and whose network it is; undefined where it is not. */
export function otherRelease(file: readonly string[], network: readonly string[]): string | undefined {
  const [oldFile, newFile] = [mark(file, 'old'), mark(file, 'new')]
  const [oldNetwork, newNetwork] = [mark(network, 'old'), mark(network, 'new')]
  if (oldFile && !newFile && newNetwork && !oldNetwork)
    return `the file is of the old ResNet50 release, which is the network resnet50Legacy(), got ${oldFile} for a network with ${newNetwork}`
  if (newFile && !oldFile && oldNetwork && !newNetwork)
    return `the file is of the new ResNet50 release, which is the network resnet50(), got ${newFile} for a network with ${oldNetwork}`
  return undefined
}

/** True where both names are of these releases and are not the same layer's. */
export function differ(file: string, network: string): boolean {
  const [theirs, ours] = [modern(file), modern(network)]
  return theirs !== undefined && ours !== undefined && theirs !== ours
}
