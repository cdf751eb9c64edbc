package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.plan.DropoutSeeds;
import org.isonorm.spark.averaging.Exchange;
import org.isonorm.spark.averaging.Replica;
import org.isonorm.spark.averaging.ReplicaSettings;
import org.isonorm.spark.averaging.WorkerUpdate;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Round;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The steps of conf/fast/cifar10-94.conf on a narrow network against PyTorch's, from the same start
 * on the same batches: rates of shifts, decoupled decay, schedule, frozen filters, the bias that
 * stops learning, lookahead, and a classifier that stands for the scale of the logits.
 *
 * <p>fast-94-losses.txt is what {@code python3 bench/torch_fast.py --parity} prints (PyTorch
 * 2.15.0, CPU).
 */
class FastRecipeParityTest {
  private static final int WIDTH = 8;
  private static final int SIDE = 25;
  private static final int BATCH = 16;
  private static final int STEPS_PER_EPOCH = 2;
  private static final double LOGIT_SCALE = 1. / 9;

  /** Float32 roundings that twenty steps carry on. */
  private static final double CARRIED = 2e-4;

  /** The script's generator. */
  private static float[] draws(int seed, int count) {
    long state = seed;
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      state = (state * 1103515245L + 12345) % (1L << 31);
      numbers[i] = (state >> 8) / (float) (1 << 22) - 1;
    }
    return numbers;
  }

  /** The script's batches, the same in every epoch, so that they are learnt. */
  private record Batches() implements WorkerBatches {
    @Override
    public int worker() {
      return 0;
    }

    @Override
    public int examples() {
      return BATCH * STEPS_PER_EPOCH;
    }

    @Override
    public int steps() {
      return STEPS_PER_EPOCH;
    }

    @Override
    public int examplesIn(int step) {
      return BATCH;
    }

    @Override
    public Batch batch(int epoch, int step) {
      INDArray images =
          Nd4j.create(
              draws(1000 + step, BATCH * SIDE * SIDE * 3), new long[] {BATCH, SIDE, SIDE, 3}, 'c');
      // A fifth of every label is spread over all classes.
      INDArray labels = Nd4j.valueArrayOf(new long[] {BATCH, 10}, .02f);
      for (int i = 0; i < BATCH; i++) {
        labels.putScalar(i, (step * BATCH + i) * 7 % 10, .82f);
      }
      return new Batch(images, labels, null, DropoutSeeds.NONE, true);
    }
  }

  private static void start(ComputationGraph graph) {
    int seed = 0;
    for (String layer :
        List.of(
            "whitening",
            "stage1.conv1",
            "stage1.conv2",
            "stage2.conv1",
            "stage2.conv2",
            "stage3.conv1",
            "stage3.conv2",
            "classifier")) {
      INDArray weights = graph.getLayer(layer).getParam("W");
      boolean classifier = layer.equals("classifier");
      long units = classifier ? weights.size(1) : weights.size(0);
      long fanIn = weights.length() / units;
      INDArray drawn =
          Nd4j.createFromArray(draws(++seed, (int) weights.length()))
              .reshape('c', units, fanIn)
              .div(Math.sqrt(fanIn));
      weights.assign(
          classifier ? drawn.mul(LOGIT_SCALE).transpose() : drawn.reshape('c', weights.shape()));
    }
    for (Layer layer : graph.getLayers()) {
      if (layer.paramTable().containsKey("gamma")) {
        layer.getParam("gamma").assign(1);
        layer.getParam("var").assign(1);
      }
    }
  }

  private static Recipe recipe() {
    IsonormConfig config =
        IsonormConfig.load(
            Optional.of(Path.of("../conf/fast/cifar10-94.conf")),
            List.of("network.width=" + WIDTH, "training.global-batch-size=" + BATCH));
    NetworkDefinition definition = config.networkDefinition().withImage(SIDE, SIDE, 3);
    return new Recipe(
        TrainingMode.TASK,
        config,
        null,
        definition,
        Recipe.optimizer(config, definition, STEPS_PER_EPOCH),
        1,
        STEPS_PER_EPOCH,
        config.optimizerPerStep().schedule(STEPS_PER_EPOCH, config.training().epochs()));
  }

  private static List<Double> losses() throws IOException {
    byte[] text =
        FastRecipeParityTest.class.getResourceAsStream("fast-94-losses.txt").readAllBytes();
    return new String(text, StandardCharsets.UTF_8).lines().map(Double::valueOf).toList();
  }

  @Test
  void lossesAreThoseOfPyTorchStepByStep() throws IOException {
    Recipe recipe = recipe();
    ComputationGraph graph = Networks.build(recipe.definition());
    start(graph);
    ReplicaSettings settings =
        new ReplicaSettings(
            "fast-recipe-parity",
            graph.getConfiguration().toJson(),
            /* threads= */ 1,
            recipe.config().training().lossBound(),
            Precision.FLOAT32,
            recipe.optimizer(),
            recipe.slowWeights(),
            Exchange.FLOAT32);
    List<Double> expected = losses();
    assertThat(expected).hasSize(recipe.config().training().epochs() * STEPS_PER_EPOCH);
    ModelState state =
        recipe.slowWeights().start(ModelState.start(FlatParameters.toBytes(graph.params()), false));
    try {
      Replica replica = Replica.of(settings, 0);
      for (int step = 0; step < expected.size(); step++) {
        Round round =
            new Round(
                step,
                step / STEPS_PER_EPOCH,
                step % STEPS_PER_EPOCH,
                step,
                new double[] {recipe.schedule().at(step)});
        WorkerUpdate.Trained trained =
            (WorkerUpdate.Trained) replica.train(state, round, new Batches());
        assertThat(trained.lossSum() / BATCH)
            .as("step %d", step + 1)
            .isCloseTo(expected.get(step), within(CARRIED * expected.get(step)));
        state = trained.state().open();
      }
    } finally {
      Replica.release(settings.run());
    }
  }
}
