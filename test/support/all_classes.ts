/** For tests of layers by their configs: all classes are there, and operations, as `loadModel` loads those of a file. */
import { loadOperations } from '../../src/models/from_config.ts'
import { knownClasses, loadClasses, SPARSEMAX } from '../../src/layers/registry.ts'

await Promise.all([loadClasses([...knownClasses, SPARSEMAX]), loadOperations()])
