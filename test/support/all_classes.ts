/** For tests of layers by their configs: all classes are there, as `loadModel` loads those of a file. */
import { knownClasses, loadClasses } from '../../src/layers/registry.ts'

await loadClasses(knownClasses)
