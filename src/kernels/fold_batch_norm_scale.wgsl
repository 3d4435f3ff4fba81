// foldBatchNormScale: scale = gamma / sqrt(variance + epsilon). Four channels a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  hasGamma: u32, // 0: gamma is absent, and 1
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> variance: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> scale: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let c = first + i * 64u;
    if (c < arrayLength(&scale)) {
      var value = inverseSqrt(variance[c] + sizes.epsilon);
      if (sizes.hasGamma != 0u) { value *= gamma[c]; }
      scale[c] = value;
    }
  }
}
