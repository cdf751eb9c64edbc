package org.isonorm.spark.train;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;

/**
 * A run's figures in Spark's metrics system, as gauges named isonorm.RUN.…: its sinks take them
 * (JMX, Graphite, Prometheus, CSV; conf/metrics.properties of Spark), and the driver's web page
 * shows them under /metrics/json. Lives on the driver.
 */
final class TrainingSource implements Source, TrainingListener, AutoCloseable {
  private final String name;
  private final MetricRegistry gauges = new MetricRegistry();
  private volatile MetricsLog.Row round;
  private volatile MetricsLog.Row epoch;

  private TrainingSource(String name) {
    this.name = name;
    gauge("epoch", () -> round == null ? null : round.epoch());
    gauge("round", () -> round == null ? null : round.round());
    gauge("step", () -> round == null ? null : round.step());
    gauge("examplesSeen", () -> round == null ? null : round.examplesSeen());
    gauge("learningRate", () -> round == null ? null : round.learningRate());
    gauge("trainLoss", () -> round == null ? null : round.trainLoss());
    gauge("trainAccuracy", () -> round == null ? null : round.trainAccuracy());
    gauge("imagesPerSecond", () -> round == null ? null : round.imagesPerSecond());
    gauge("computeSeconds", () -> round == null ? null : round.computeSeconds());
    gauge("syncSeconds", () -> round == null ? null : round.syncSeconds());
    gauge("inputSeconds", () -> round == null ? null : round.inputSeconds());
    gauge("validationLoss", () -> validation() == null ? null : validation().loss());
    gauge("validationAccuracy", () -> validation() == null ? null : validation().top1Accuracy());
  }

  /** Registers a run's figures until it is closed. */
  static TrainingSource register(String run) {
    TrainingSource source = new TrainingSource("isonorm." + run.replace('.', '_'));
    SparkEnv.get().metricsSystem().registerSource(source);
    return source;
  }

  private <T> void gauge(String figure, Gauge<T> value) {
    gauges.register(figure, value);
  }

  private Evaluation validation() {
    return epoch == null ? null : epoch.validation();
  }

  @Override
  public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row) {
    round = row;
  }

  @Override
  public void afterEpoch(TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best) {
    if (row.validation() != null) {
      epoch = row;
    }
  }

  @Override
  public String sourceName() {
    return name;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return gauges;
  }

  @Override
  public void close() {
    // Spark may have stopped while the run failed.
    if (SparkEnv.get() != null) {
      SparkEnv.get().metricsSystem().removeSource(this);
    }
  }
}
