package org.isonorm.spark.scaling;

import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.DecompositionSolver;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * What averaging costs beside the network, as {@code isonorm bench --sync} finds it.
 *
 * @param roundSeconds of a round whatever its size: the job, its broadcasts, the driver's answer
 * @param workerSeconds more of it for each worker: its task
 * @param secondsPerByte of one pass over bytes: serializing, copying or adding them up
 */
public record Calibration(double roundSeconds, double workerSeconds, double secondsPerByte) {
  /** Two cores of an AMD EPYC (Zen 4), JDK 17, executors as processes: docs/scaling.md. */
  public static final Calibration MEASURED = new Calibration(0.074, 0.0115, 1.06e-9);

  /** Momentum crosses the wire with the parameters, both as float32. */
  private static final int BYTES_PER_PARAMETER = 2 * Float.BYTES;

  /** Taking the broadcast and handing over the result. */
  private static final int EXECUTOR_PASSES = 2;

  private static final int FIGURES = 3;

  /** Of columns of length 1: below it, rounding decides. */
  private static final double SINGULAR = 1e-12;

  public Calibration {
    if (!(roundSeconds >= 0 && workerSeconds >= 0 && secondsPerByte > 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid calibration: %s s a round, %s s a worker, %s s a byte (must be >= 0, >= 0 and > 0)",
              roundSeconds,
              workerSeconds,
              secondsPerByte));
    }
  }

  /**
   * One measured round on a single machine, where bytes cost passes over memory alone.
   *
   * @param workers executors, each a process
   * @param parameters of the network
   * @param cores of the machine, which the executors share
   * @param syncSeconds of a round
   */
  public record Measurement(int workers, long parameters, int cores, double syncSeconds) {
    long bytes() {
      return parameters * BYTES_PER_PARAMETER;
    }

    /** Executors that share a core take turns. */
    private double crowding() {
      return Math.max(1, (double) workers / cores);
    }

    /** Workers' tasks, one after another. */
    double tasks() {
      return workers * crowding();
    }

    /** Passes over the bytes of a state, one after another. */
    double passes() {
      // The driver's broadcast, the executors' two side by side, the driver's sum.
      return 1 + EXECUTOR_PASSES * crowding() + workers;
    }
  }

  /**
   * Fits the three figures by least squares of relative errors.
   *
   * @param measurements at least two sizes of network, and two numbers of workers
   * @throws IllegalArgumentException if there are fewer
   */
  public static Calibration fit(List<Measurement> measurements) {
    if (measurements.stream().mapToLong(Measurement::parameters).distinct().count() < 2
        || measurements.stream().mapToInt(Measurement::workers).distinct().count() < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid calibration: %d measurements (needs two networks and two numbers of workers at least: isonorm bench --sync --sync-workers 1 --json, and 2)",
              measurements.size()));
    }
    // A row a measurement, over its seconds: errors count relative to what was measured.
    RealMatrix rows = new Array2DRowRealMatrix(measurements.size(), FIGURES);
    for (int i = 0; i < measurements.size(); i++) {
      Measurement m = measurements.get(i);
      rows.setRow(
          i,
          new double[] {
            1 / m.syncSeconds(),
            m.tasks() / m.syncSeconds(),
            m.bytes() * (m.passes() / m.syncSeconds())
          });
    }
    // Columns of one length: seconds and seconds a byte are nine orders of magnitude apart.
    double[] lengths = new double[FIGURES];
    for (int column = 0; column < FIGURES; column++) {
      lengths[column] = rows.getColumnVector(column).getNorm();
      rows.setColumnVector(column, rows.getColumnVector(column).mapDivide(lengths[column]));
    }
    DecompositionSolver solver = new QRDecomposition(rows, SINGULAR).getSolver();
    if (measurements.size() < FIGURES || !solver.isNonSingular()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid calibration: %d measurements do not determine three figures (needs each of two networks with each of two numbers of workers: isonorm bench --sync --sync-workers 1 --json, and 2)",
              measurements.size()));
    }
    double[] solution =
        solver
            .solve(new ArrayRealVector(measurements.size(), 1))
            .ebeDivide(new ArrayRealVector(lengths))
            .toArray();
    return new Calibration(
        Math.max(0, solution[0]),
        Math.max(0, solution[1]),
        Math.max(Double.MIN_NORMAL, solution[2]));
  }

  /** What the model says of a measured round. */
  public double syncSeconds(Measurement m) {
    return roundSeconds + workerSeconds * m.tasks() + secondsPerByte * m.bytes() * m.passes();
  }
}
