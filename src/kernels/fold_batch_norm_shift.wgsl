// foldBatchNormShift: shift = beta + (bias - mean) * scale. Four channels a thread.

struct Sizes {
  base: u32, // first workgroup of this dispatch
  hasBeta: u32, // 0: beta is absent, and 0
  hasBias: u32, // 0: bias is absent, and 0
}

@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> shift: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (wid.y * 65535u + wid.x + sizes.base) * 256u + lane;
  for (var i = 0u; i < 4u; i++) {
    let c = first + i * 64u;
    if (c < arrayLength(&shift)) {
      var centred = -mean[c];
      if (sizes.hasBias != 0u) { centred += bias[c]; }
      var value = centred * scale[c];
      if (sizes.hasBeta != 0u) { value += beta[c]; }
      shift[c] = value;
    }
  }
}
