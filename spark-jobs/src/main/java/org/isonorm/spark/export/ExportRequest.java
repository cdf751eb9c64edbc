package org.isonorm.spark.export;

import java.nio.file.Path;

/**
 * What is to be exported.
 *
 * @param model model.zip of a run
 * @param out the file to write
 * @param normalizedInput whether an ONNX model reads normalized images [N, channels, height, width]
 *     and not pixels [N, height, width, channels] as files have them
 * @param keepNormalization whether batch normalization stays beside the convolutions of an ONNX
 *     model
 * @param overwrite whether a file that is there is replaced
 */
public record ExportRequest(
    Path model,
    ExportFormat format,
    Path out,
    boolean normalizedInput,
    boolean keepNormalization,
    boolean overwrite) {
  public ExportRequest {
    if (format != ExportFormat.ONNX && (normalizedInput || keepNormalization)) {
      throw new IllegalArgumentException(
          "Invalid --format: safetensors (--input and --keep-normalization are for onnx; leave them out)");
    }
  }

  /** A model in the format that the file's name ends in, which reads pixels if it is ONNX. */
  public static ExportRequest of(Path model, Path out) {
    return new ExportRequest(model, ExportFormat.of(out), out, false, false, false);
  }
}
