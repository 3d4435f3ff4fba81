"""The classes of layers.ts in Keras, and a model that has them: python layers.py FOLDER writes gated.keras and gated.h5."""
import os
import sys

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mine")
class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta

    def call(self, x):
        return x * ops.sigmoid(x * self.beta)

    def get_config(self):
        return {**super().get_config(), "beta": self.beta}


@keras.saving.register_keras_serializable(package="mine")
class ChannelGate(keras.layers.Layer):
    def __init__(self, floor=0.0, **kwargs):
        super().__init__(**kwargs)
        self.floor = floor

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), name="kernel")
        self.bias = self.add_weight(shape=(shape[-1],), name="bias", initializer="zeros")

    def call(self, x):
        gate = ops.sigmoid(ops.mean(x, axis=[1, 2]) @ self.kernel + self.bias)
        return x * ops.maximum(gate, self.floor)[:, None, None]

    def get_config(self):
        return {**super().get_config(), "floor": self.floor}
