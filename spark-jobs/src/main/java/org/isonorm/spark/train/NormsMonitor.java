package org.isonorm.spark.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Equilibrium.Averaging;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.NormPropagation;
import org.isonorm.init.Warmup;
import org.isonorm.init.WeightMotion;
import org.isonorm.network.graph.NormProbe;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.WeightMotions;
import org.isonorm.spark.data.WorkerBatches.Batch;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.MotionFigures;
import org.isonorm.spark.run.NormsLog;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Measures a network's norms, and how its weights move, on the same examples at its start and every
 * so many rounds after it.
 */
final class NormsMonitor implements TrainingListener, AutoCloseable {
  private final int everyRounds;
  private final Batch batch;
  private final ComputationGraph graph;
  private final NormProbe probe;
  private final LongFunction<Map<String, Double>> learningRateFactors;
  private final Consumer<List<String>> rows;
  private final OptimizerSettings optimizer;
  private final Scalars scalars;
  private final INDArray velocity;
  private final int workers;
  private final int frequency;

  /** The point that the next round begins at, if that round is measured. */
  private Optional<TrainingPoint> before;

  /** Takes values by tag, as TensorBoard shows them. */
  interface Scalars {
    void write(long step, Map<String, Double> values);
  }

  /**
   * A monitor.
   *
   * @param everyRounds rounds between two measurements, >= 1
   * @param batch examples to measure on; closed with this
   * @param graph takes the parameters that are measured
   * @param learningRateFactors what the learning rate of each layer's weights is multiplied by at a
   *     step, from 1
   * @param optimizer whose next step is measured, at the rate of the round
   * @param workers whose average is measured
   * @param frequency steps of a round that does not end with its epoch
   * @param from where training begins or goes on
   * @param rows takes the rows of norms.csv
   * @param scalars takes rotation and norms of the layers, measured and predicted
   */
  NormsMonitor(
      int everyRounds,
      Batch batch,
      ComputationGraph graph,
      LongFunction<Map<String, Double>> learningRateFactors,
      OptimizerSettings optimizer,
      int workers,
      int frequency,
      TrainingPoint from,
      Consumer<List<String>> rows,
      Scalars scalars) {
    this.everyRounds = everyRounds;
    this.batch = batch;
    this.graph = graph;
    this.probe = NormProbe.of(graph, batch.features().shape());
    this.learningRateFactors = learningRateFactors;
    this.optimizer = optimizer;
    this.workers = workers;
    this.frequency = frequency;
    this.before = Optional.of(from);
    this.rows = rows;
    this.scalars = scalars;
    this.velocity = Nd4j.zeros(graph.params().dataType(), graph.params().shape());
  }

  @Override
  public void started(TrainingPoint start, double learningRate) {
    NormPropagation norms = measure(start, learningRate, frequency, layer -> Double.NaN);
    if (start.progress().round() == 0) {
      rows.accept(NormsLog.warmups(warmups(norms)));
    }
  }

  @Override
  public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row) {
    if (now.progress().round() % everyRounds == 0) {
      Map<String, Double> rotations = rotations(before.orElseThrow(), now);
      long steps = now.progress().step() - before.orElseThrow().progress().step();
      measure(now, row.learningRate(), steps, rotations::get);
    }
    boolean next = (now.progress().round() + 1) % everyRounds == 0;
    before = next ? Optional.of(now) : Optional.empty();
  }

  /** By which a round turned the weights of every layer. */
  private Map<String, Double> rotations(TrainingPoint start, TrainingPoint end) {
    FlatParameters.copyFrom(end.model().parameters(), graph.params());
    FlatParameters.copyFrom(start.model().parameters(), velocity);
    return WeightMotions.rotations(graph, velocity);
  }

  /**
   * Measures and tells.
   *
   * @param steps of the round before
   * @param rotations by which that round turned a layer's weights
   */
  private NormPropagation measure(
      TrainingPoint now, double learningRate, long steps, ToDoubleFunction<String> rotations) {
    FlatParameters.copyFrom(now.model().parameters(), graph.params());
    FlatParameters.copyFrom(now.model().velocity(), velocity);
    long round = now.progress().round();
    OptimizerSettings next = optimizer.atStep(now.progress().step() + 1, learningRate);
    Map<String, Double> factors = learningRateFactors.apply(next.step());
    NormPropagation norms = probe.measure(batch.features(), batch.labels());
    rows.accept(NormsLog.rows(round, norms, layer -> learningRate * factors.get(layer)));
    Map<String, MotionFigures> motions = motions(norms, next, steps, rotations);
    rows.accept(NormsLog.rows(round, motions));
    scalars.write(now.progress().step(), tagged(norms, motions));
    return norms;
  }

  private Map<String, MotionFigures> motions(
      NormPropagation norms,
      OptimizerSettings next,
      long steps,
      ToDoubleFunction<String> rotations) {
    Map<String, WeightMotion> moved = moved(next, steps);
    Map<String, MotionFigures> figures = new LinkedHashMap<>();
    for (LayerSignals layer : norms.layers()) {
      WeightMotion motion = moved.get(layer.name());
      figures.put(
          layer.name(),
          motion == null
              ? MotionFigures.UNMOVED
              : MotionFigures.of(
                  motion, layer.weightNorm(), rotations.applyAsDouble(layer.name())));
    }
    return figures;
  }

  /**
   * By the equilibrium at the rate before the schedule, whose own warmup is none of the start's.
   */
  private Map<String, Warmup> warmups(NormPropagation norms) {
    Map<String, WeightMotion> moved = moved(optimizer, frequency);
    Map<String, Warmup> warmups = new LinkedHashMap<>();
    for (LayerSignals layer : norms.layers()) {
      WeightMotion motion = moved.get(layer.name());
      warmups.put(
          layer.name(),
          motion == null
              ? new Warmup(Double.NaN, Double.NaN)
              : Warmup.of(layer.weightNorm(), motion.equilibriumNorm(), motion.equilibriumSteps()));
    }
    return warmups;
  }

  private Map<String, WeightMotion> moved(OptimizerSettings step, long steps) {
    return WeightMotions.of(
        graph, velocity, step, batch.features().size(0), new Averaging(workers, steps));
  }

  private static Map<String, Double> tagged(
      NormPropagation norms, Map<String, MotionFigures> motions) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (LayerSignals layer : norms.layers()) {
      MotionFigures motion = motions.get(layer.name());
      values.put("weightNorm/" + layer.name(), layer.weightNorm());
      values.put("rotation/" + layer.name(), motion.rotation());
      values.put("equilibriumNorm/" + layer.name(), motion.equilibriumNorm());
      values.put("equilibriumRotation/" + layer.name(), motion.equilibriumRotation());
    }
    values.values().removeIf(value -> !Double.isFinite(value));
    return values;
  }

  @Override
  public void close() {
    probe.close();
    velocity.close();
    batch.close();
  }
}
