/** The class index in Node, where it may lie in a file. */
import {
  CLASS_INDEX_URL,
  loadClassIndex as load,
  type ClassIndex,
  type ClassIndexInput,
  type ClassIndexOptions,
} from '../loaders/images/class_names.ts'
import { readInput } from './input.ts'

/**
 * Loads the names of classes as in browsers; a string may be a path too.
 * @param source default: `CLASS_INDEX_URL`
 * @throws FileError `not-found`, `http`, `truncated`; `corrupt` unless each class from 0 on has a name; the signal's reason
 * @example
 * await loadClassIndex('labels.txt') // [[null, "cat"], [null, "dog"], [null, "bird"]]
 */
export async function loadClassIndex(source: ClassIndexInput = CLASS_INDEX_URL, options: ClassIndexOptions = {}): Promise<ClassIndex> {
  const named = typeof source === 'string' || source instanceof URL
  return load(named ? (await readInput(source, 'class index', options)).bytes : source, options)
}
