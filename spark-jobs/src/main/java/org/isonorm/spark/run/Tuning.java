package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.isonorm.spark.run.RecordTable.Printed;

/**
 * What tuning.csv and tuning-steps.csv say of a start that a tuned method scaled.
 *
 * @param tensors in forward order
 * @param steps what the method looked at
 */
public record Tuning(List<Tensor> tensors, List<Step> steps) {
  /**
   * A row of tuning.csv; the components are the file's columns.
   *
   * @param startNorm its norm before the method
   * @param scale what the method multiplied it by
   * @param finalNorm its norm after
   */
  public record Tensor(
      String layer,
      String tensor,
      @Printed(RecordTable.NUMBER) double startNorm,
      @Printed(RecordTable.NUMBER) double scale,
      @Printed(RecordTable.NUMBER) double finalNorm) {
    /** The file. */
    public static final RecordTable<Tensor> TABLE = new RecordTable<>(Tensor.class);
  }

  /**
   * A row of tuning-steps.csv; the components are the file's columns.
   *
   * @param step from 1
   * @param value what the method looked at
   */
  public record Step(long step, String method, @Printed(RecordTable.NUMBER) double value) {
    /** The file. */
    public static final RecordTable<Step> TABLE = new RecordTable<>(Step.class);
  }

  /**
   * Loads both files.
   *
   * @throws IOException if one cannot be read or is malformed
   */
  static Tuning load(Path tensors, Path steps) throws IOException {
    return new Tuning(
        Tensor.TABLE.read(tensors, "tensor", "startNorm", "scale", "finalNorm"),
        Step.TABLE.read(steps, "step", "method", "value"));
  }
}
