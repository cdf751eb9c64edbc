package org.isonorm.network.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.GradInit;
import org.isonorm.init.Lsuv;
import org.isonorm.init.MetaInit;
import org.isonorm.init.TunedScales;
import org.isonorm.init.TunedScales.TensorScale;
import org.isonorm.init.TuningMethod;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.graph.GraphActivations;
import org.isonorm.network.graph.GraphTensors;

/** Scales the tensors of a graph that has been initialized, by one of the tuned methods. */
public final class GraphTuner {
  /** Examples that LSUV and MetaInit see at a time. */
  private static final int BATCH = 128;

  private GraphTuner() {}

  /**
   * What is done, for how long, and how fast.
   *
   * @param iterations steps; divisions of a layer at most for LSUV
   * @param learningRate of the scales, or of the norms for MetaInit; 0 for LSUV, which has none
   * @param batchSize examples that a gradient sees, or LSUV's activations
   */
  public record Settings(TuningMethod method, int iterations, double learningRate, int batchSize) {
    public Settings {
      if (iterations < 1) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid iterations: %d (must be >= 1)", iterations));
      }
      boolean halved = method == TuningMethod.GRADINIT;
      if (batchSize < 2 || (halved && batchSize % 2 != 0)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid batch-size: %d (must be >= 2%s)",
                batchSize,
                halved ? " and even: gradinit changes half of a batch" : ""));
      }
    }

    /**
     * The published settings: LSUV at most ten divisions; MetaInit 500 steps at rate .1, table 1's
     * an epoch at rate .001; GradInit an epoch at the rate found for the network's family. Batches
     * are of 128, but of 64 in an epoch of DenseNets and wide ResNets.
     *
     * @throws IllegalArgumentException if GradInit or table 1's MetaInit has none for the network
     */
    public static Settings published(TuningMethod method, String network) {
      return switch (method) {
        case LSUV -> new Settings(method, Lsuv.PUBLISHED.tries(), 0, BATCH);
        case METAINIT -> {
          MetaInit.Settings original = MetaInit.Settings.original();
          yield new Settings(method, original.steps(), original.learningRate(), BATCH);
        }
        case METAINIT_TABLE_1 -> {
          GradInit.Settings epoch = GradInit.Settings.published(network);
          yield new Settings(
              method,
              epoch.iterations(),
              MetaInit.Settings.table1(epoch.iterations()).learningRate(),
              2 * epoch.examplesPerBatch());
        }
        case GRADINIT -> {
          GradInit.Settings epoch = GradInit.Settings.published(network);
          yield new Settings(
              method, epoch.iterations(), epoch.learningRate(), 2 * epoch.examplesPerBatch());
        }
      };
    }

    /** Examples in one of the batches that the method numbers. */
    public int examplesPerBatch() {
      return method == TuningMethod.GRADINIT ? batchSize / 2 : batchSize;
    }

    /** Batches that the method asks for, from number 0 on. */
    public int batches() {
      return switch (method) {
        case LSUV -> 1;
        case METAINIT, METAINIT_TABLE_1 -> iterations;
        case GRADINIT -> 3 * iterations;
      };
    }
  }

  /**
   * Scales the graph's tensors.
   *
   * @param batches of {@link Settings#examplesPerBatch()} examples each
   * @return the scales it multiplied them by
   * @throws ArithmeticException if the network diverges, or a layer puts out a constant
   */
  public static TunedNetwork tune(
      ComputationGraph graph, Settings settings, TuningBatches batches, TuningProgress progress) {
    GraphTensors tensors = GraphTensors.of(graph);
    double[][] start = tensors.values(graph);
    TunedScales scales =
        settings.method() == TuningMethod.LSUV
            ? ofWeights(tensors, activations(graph, settings, batches, progress))
            : gradients(graph, start, settings, batches, progress);
    tensors.scale(graph, scales);
    List<TunedNetwork.Tensor> tuned = new ArrayList<>();
    for (int i = 0; i < start.length; i++) {
      GraphTensors.Placed placed = tensors.all().get(i);
      double norm = GraphTensors.norm(start[i]);
      double scale = scales.tensors().get(i).scale();
      tuned.add(
          new TunedNetwork.Tensor(
              placed.layer(), placed.tensor().name(), norm, scale, scale * norm));
    }
    return new TunedNetwork(settings.method(), tuned, scales.values());
  }

  private static TunedScales activations(
      ComputationGraph graph, Settings settings, TuningBatches batches, TuningProgress progress) {
    try (GraphActivations oracle = GraphActivations.of(graph, batches.batch(0).features())) {
      return Lsuv.run(
          oracle, new Lsuv.Settings(Lsuv.PUBLISHED.tolerance(), settings.iterations()), progress);
    }
  }

  private static TunedScales gradients(
      ComputationGraph graph,
      double[][] start,
      Settings settings,
      TuningBatches batches,
      TuningProgress progress) {
    try (GraphGradients oracle = GraphGradients.of(graph, batches)) {
      if (settings.method() == TuningMethod.GRADINIT) {
        return GradInit.run(
            oracle,
            start,
            new GradInit.Settings(
                settings.learningRate(), settings.iterations(), settings.examplesPerBatch(), 1, .1),
            progress);
      }
      MetaInit.Settings published =
          settings.method() == TuningMethod.METAINIT
              ? MetaInit.Settings.original()
              : MetaInit.Settings.table1(settings.iterations());
      return MetaInit.run(
          oracle,
          start,
          new MetaInit.Settings(
              published.version(),
              settings.learningRate(),
              published.momentum(),
              settings.iterations(),
              published.epsilon()),
          progress);
    }
  }

  /** LSUV's scales of layers as scales of all tensors. */
  private static TunedScales ofWeights(GraphTensors tensors, TunedScales layers) {
    List<TensorScale> scales = new ArrayList<>();
    for (GraphTensors.Placed placed : tensors.all()) {
      double scale =
          layers.tensors().stream()
              .filter(layer -> placed.tensor().name().equals(layer.name() + ".weight"))
              .mapToDouble(TensorScale::scale)
              .findFirst()
              .orElse(1);
      scales.add(new TensorScale(placed.tensor().name(), scale));
    }
    return new TunedScales(scales, layers.values());
  }
}
