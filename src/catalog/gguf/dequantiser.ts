/**
 * Writes the values of whole blocks, in their order. `bytes` holds as many blocks as `values` has room for.
 *
 * Formulae and layouts are those of `dequantize_row_*` in ggml (ggml/src/ggml-quants.c, ggml-common.h, llama.cpp
 * v0.5.0), little-endian, every product and sum rounded to a float of 32 bits as there.
 */
export type Dequantiser = (bytes: Uint8Array, values: Float32Array) => void
