/** Layouts that few files have, in one chunk. */
export { isKeras0, readKeras0 } from './keras0.ts'
export { openShards } from './sharded.ts'
export { openTfjs, teachableAbout, tfjsConfig } from './tfjs.ts'
export { withSlashes } from './windows.ts'
