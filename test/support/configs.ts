/** Configs as Keras writes them, and what is said of those that cannot be. */

/** The whole message of what is thrown. */
export function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing thrown'
}

/** A layer as Keras 2 writes it in a Functional model. */
export function layer(className: string, name: string, config: object, ...from: readonly (readonly [string, number, number, object])[]) {
  return { class_name: className, name, config: { name, ...config }, inbound_nodes: from.length ? [from] : [] }
}

/** A convolution of the image, or of another layer. */
export const conv = (from: readonly [string, number, number, object] = ['image', 0, 0, {}], config: object = {}) =>
  layer('Conv2D', 'conv', { filters: 3, kernel_size: [1, 1], ...config }, from)

/** A model of an image and what is given, the last being the output. */
export function functional(...given: readonly { name: string }[]): unknown {
  const image = layer('InputLayer', 'image', { batch_input_shape: [null, 6, 5, 3] })
  const ends = { input_layers: [['image', 0, 0]], output_layers: [[given.at(-1)!.name, 0, 0]] }
  return { class_name: 'Functional', config: { name: 'model', layers: [image, ...given], ...ends } }
}
