package org.isonorm.spark.export;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.isonorm.init.NearestName;

/** A format of model files; its name in small letters is the ending of its files, too. */
public enum ExportFormat {
  /** A graph with its weights: ONNX Runtime, OpenVINO, TensorRT, … */
  ONNX,
  /** Weights alone, under torchvision's names: torch, Hugging Face, … */
  SAFETENSORS;

  /**
   * The format of that name.
   *
   * @throws IllegalArgumentException in one sentence, if there is none
   */
  public static ExportFormat parse(String name) {
    return NearestName.find("--format", name, List.of(values()), ExportFormat::label);
  }

  /**
   * The format that a file's name ends with.
   *
   * @throws IllegalArgumentException in one sentence, if it ends otherwise
   */
  public static ExportFormat of(Path file) {
    return Arrays.stream(values())
        .filter(format -> file.toString().toLowerCase(Locale.ROOT).endsWith("." + format.label()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "Invalid --out: %s (must end in .onnx or .safetensors, or say --format)",
                        file)));
  }

  /** The name in small letters. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
