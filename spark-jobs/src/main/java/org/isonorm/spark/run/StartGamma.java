package org.isonorm.spark.run;

import java.util.OptionalDouble;
import org.isonorm.spark.run.RecordTable.Printed;

/**
 * A row of equilibrium.csv: a layer that reads γ, in forward order. The components are the file's
 * columns.
 *
 * @param equilibriumGamma γ at which it would start with the norm of equilibrium; empty where its
 *     length matters, or no weight decay or gradient reaches it
 * @param initGamma γ that it started with
 */
public record StartGamma(
    String layer,
    @Printed(RecordTable.NUMBER) OptionalDouble equilibriumGamma,
    @Printed(RecordTable.NUMBER) double initGamma) {
  /** The file. */
  public static final RecordTable<StartGamma> TABLE = new RecordTable<>(StartGamma.class);
}
