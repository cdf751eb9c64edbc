package org.isonorm.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongToDoubleFunction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Split;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterGroups.Group;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerMethod.Sgd;
import org.isonorm.network.step.OptimizerMethod.Sgdp;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.isonorm.spark.config.AveragingConfig.Transport;
import org.isonorm.spark.data.ResidentDataSets;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.isonorm.spark.train.LocalSpark;
import org.isonorm.spark.train.TinyNetworks;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;

class ParameterAveragingMasterTest {
  /** The same operations on the same numbers, but for the order of DL4J's own updater. */
  private static final double SAME_ARITHMETIC = 1e-6;

  /** Float sums over a batch in another order, carried through tens of steps. */
  private static final double OTHER_SUMMATION = 1e-5;

  /**
   * Parameters and their changes to 8 bits, of a network that amplifies what they lack a little.
   */
  private static final double HALF_PRECISION = 0.02;

  private static final double LEARNING_RATE = 0.05;
  private static final double MOMENTUM = 0.9;
  private static final double WEIGHT_DECAY = 1e-3;
  private static final OptimizerSettings NESTEROV =
      OptimizerSettings.nesterov(LEARNING_RATE, MOMENTUM, WEIGHT_DECAY);
  private static final OptimizerSettings PLAIN =
      new OptimizerSettings(LEARNING_RATE, 0, WEIGHT_DECAY, false);

  private final JavaSparkContext spark = new JavaSparkContext(LocalSpark.session().sparkContext());

  @Test
  void oneWorkerEqualsLocalFit() {
    List<DataSet> batches = TinyNetworks.batches(12, 16, 1);
    ComputationGraph local =
        TinyNetworks.plain(new Nesterovs(LEARNING_RATE, MOMENTUM), WEIGHT_DECAY);
    ComputationGraph averaged = TinyNetworks.plain();
    averaged.params().assign(local.params());

    for (int epoch = 0; epoch < 2; epoch++) {
      batches.forEach(local::fit);
    }
    train(averaged, NESTEROV, 3, 2, List.of(batches));

    assertThat(
            TinyNetworks.relativeDifference(
                TinyNetworks.trained(averaged), TinyNetworks.trained(local)))
        .isLessThan(SAME_ARITHMETIC);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"0, false", "0.9, false", "0.9, true"})
  void twoWorkersAtFrequencyOneEqualTheBigBatch(double momentum, boolean nesterov) {
    OptimizerSettings optimizer =
        new OptimizerSettings(LEARNING_RATE, momentum, WEIGHT_DECAY, nesterov);
    List<DataSet> first = TinyNetworks.batches(15, 8, 2);
    List<DataSet> second = TinyNetworks.batches(15, 8, 3);
    ComputationGraph big = TinyNetworks.plain();
    ComputationGraph averaged = TinyNetworks.plain();
    averaged.params().assign(big.params());

    train(averaged, optimizer, 1, 2, List.of(first, second));
    steps(big, optimizer, TinyNetworks.joined(first, second), 2);

    assertThat(
            TinyNetworks.relativeDifference(
                TinyNetworks.trained(averaged), TinyNetworks.trained(big)))
        .isLessThan(OTHER_SUMMATION);
  }

  /**
   * Normalized filters, so that every step is projected; the batches are the same for BN's sake.
   */
  @Tag("long")
  @Test
  void projectedStepsOfWorkersWithTheSameImagesAreOneWorkers() {
    List<DataSet> batches = TinyNetworks.batches(5, 8, 2);
    OptimizerSettings optimizer =
        new OptimizerSettings(LEARNING_RATE, new Sgdp(new Sgd(MOMENTUM, true)), WEIGHT_DECAY);
    ComputationGraph one = TinyNetworks.normalized();
    ComputationGraph two = TinyNetworks.normalized();
    ComputationGraph free = TinyNetworks.normalized();

    train(one, optimizer, 2, 2, List.of(batches));
    train(two, optimizer, 2, 2, List.of(batches, batches));
    train(free, NESTEROV, 2, 2, List.of(batches));

    assertThat(
            TinyNetworks.relativeDifference(TinyNetworks.trained(two), TinyNetworks.trained(one)))
        .isLessThan(SAME_ARITHMETIC);
    assertThat(
            TinyNetworks.relativeDifference(TinyNetworks.trained(free), TinyNetworks.trained(one)))
        .isGreaterThan(1000 * SAME_ARITHMETIC);
  }

  @Test
  void unequalLastBatchesAreWeightedByTheirExamples() {
    List<DataSet> first = new ArrayList<>(TinyNetworks.batches(5, 8, 2));
    List<DataSet> second = new ArrayList<>(TinyNetworks.batches(5, 8, 3));
    first.addAll(TinyNetworks.batches(1, 7, 4));
    second.addAll(TinyNetworks.batches(1, 2, 5));
    ComputationGraph big = TinyNetworks.plain();
    ComputationGraph averaged = TinyNetworks.plain();
    averaged.params().assign(big.params());

    train(averaged, PLAIN, 1, 2, List.of(first, second));
    steps(big, PLAIN, TinyNetworks.joined(first, second), 2);

    assertThat(
            TinyNetworks.relativeDifference(
                TinyNetworks.trained(averaged), TinyNetworks.trained(big)))
        .isLessThan(OTHER_SUMMATION);
  }

  /** Three workers: a third of a number three times is not always that number. */
  @Test
  void frozenLayersComeBackToTheLastBit() {
    ComputationGraph graph = TinyNetworks.normalized();
    ParameterLayout layout = ParameterLayout.of(graph);
    String last = layout.parameters().get(layout.parameters().size() - 1).layer();
    FrozenLayers frozen =
        new FrozenLayers(
            layout.parameters().stream()
                .map(Parameter::layer)
                .filter(layer -> !layer.equals(last))
                .toList());
    graph.params().addi(0.1f);
    float[] before = graph.params().dup().data().asFloat();

    train(
        graph,
        NESTEROV.withFrozen(frozen),
        1,
        1,
        List.of(
            TinyNetworks.batches(3, 8, 1),
            TinyNetworks.batches(3, 8, 2),
            TinyNetworks.batches(3, 8, 3)));

    float[] after = graph.params().dup().data().asFloat();
    for (Parameter each : layout.parameters()) {
      int from = (int) each.from();
      int to = (int) each.to();
      assertThat(Arrays.equals(before, from, to, after, from, to))
          .as(each.toString())
          .isEqualTo(frozen.contains(each.layer()));
    }
  }

  /** The average of filters that were turned differently is shorter than they are. */
  @Test
  void filtersThatKeepTheirNormKeepItWhenTheyAreAveraged() {
    List<List<DataSet>> shards =
        List.of(TinyNetworks.batches(3, 8, 1), TinyNetworks.batches(3, 8, 2));
    ComputationGraph kept = TinyNetworks.normalized();
    double[] before = filterNorms(kept);

    train(kept, NESTEROV.withFixedNorm(true), 3, 2, shards);

    double[] after = filterNorms(kept);
    ComputationGraph free = TinyNetworks.normalized();
    train(free, NESTEROV, 3, 2, shards);
    double[] moved = filterNorms(free);
    for (int filter = 0; filter < before.length; filter++) {
      assertThat(after[filter] / before[filter]).isCloseTo(1, within(1e-6));
      assertThat(Math.abs(moved[filter] / before[filter] - 1)).isGreaterThan(1e-5);
    }
  }

  private static double[] filterNorms(ComputationGraph graph) {
    INDArray filters = graph.getParam("convolution_W").dup('c');
    return filters
        .reshape(filters.size(0), filters.length() / filters.size(0))
        .norm2(1)
        .data()
        .asDouble();
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void largerFrequenciesEqualAveragingWrittenOut(int frequency) {
    List<List<DataSet>> shards =
        List.of(TinyNetworks.batches(7, 8, 6), TinyNetworks.batches(7, 8, 7));
    ComputationGraph averaged = TinyNetworks.plain();
    ComputationGraph written = TinyNetworks.plain();
    written.params().assign(averaged.params());

    train(averaged, NESTEROV, frequency, 2, shards);
    for (int epoch = 0; epoch < 2; epoch++) {
      averageByHand(written, shards, frequency, epoch == 0);
    }

    assertThat(
            TinyNetworks.relativeDifference(
                TinyNetworks.trained(averaged), TinyNetworks.trained(written)))
        .isLessThan(OTHER_SUMMATION);
  }

  private double[] velocityByHand;

  /** An epoch of averaging as a textbook has it: every worker on its own, then the mean. */
  private void averageByHand(
      ComputationGraph graph, List<List<DataSet>> shards, int frequency, boolean first) {
    int steps = shards.get(0).size();
    if (first) {
      velocityByHand = new double[Math.toIntExact(graph.numParams())];
    }
    for (int from = 0; from < steps; from += frequency) {
      double[] parameters = new double[velocityByHand.length];
      double[] velocity = new double[velocityByHand.length];
      for (List<DataSet> shard : shards) {
        ComputationGraph worker = TinyNetworks.plain();
        worker.params().assign(graph.params());
        TrainingStep step = TrainingStep.of(worker);
        step.velocity().assign(Nd4j.createFromArray(velocityByHand).reshape(1, -1));
        for (DataSet batch : shard.subList(from, Math.min(from + frequency, steps))) {
          step.compute(batch.getFeatures(), batch.getLabels());
          step.update(NESTEROV);
        }
        add(parameters, worker.params().toDoubleVector(), 1.0 / shards.size());
        add(velocity, step.velocity().reshape(-1).toDoubleVector(), 1.0 / shards.size());
      }
      graph.params().assign(Nd4j.createFromArray(parameters).reshape(1, -1));
      velocityByHand = velocity;
    }
  }

  private static void add(double[] sum, double[] values, double weight) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * values[i];
    }
  }

  @Test
  void everyStepHasTheRateOfTheSchedule() {
    int epochs = 3;
    int stepsPerEpoch = 7;
    long steps = (long) epochs * stepsPerEpoch;
    LearningRateSchedule cosine = new LearningRateSchedule.Cosine(LEARNING_RATE, steps);
    List<Double> rates = new ArrayList<>();
    ComputationGraph graph = TinyNetworks.plain();
    try (ParameterAveragingMaster master = master(PLAIN, 3, cosine::at)) {
      master.listen(
          round -> {
            for (double rate : round.round().learningRates()) {
              rates.add(rate);
            }
          });
      fit(
          graph,
          master,
          epochs,
          List.of(
              TinyNetworks.batches(stepsPerEpoch, 4, 1),
              TinyNetworks.batches(stepsPerEpoch, 4, 2)));
    }

    assertThat(rates).hasSize(epochs * stepsPerEpoch);
    for (int t = 0; t < rates.size(); t++) {
      double formula = LEARNING_RATE / 2 * (1 + Math.cos(Math.PI * t / steps));
      assertThat(rates.get(t)).isCloseTo(formula, within(1e-15));
    }
    assertThat(graph.getIterationCount()).isEqualTo(steps);
    assertThat(graph.getConfiguration().getEpochCount()).isEqualTo(epochs);
  }

  @Test
  void theRateOfTheScheduleIsTheRateOfTheUpdate() {
    // Without momentum and decay, a step at rate 0 leaves the weights alone and one at twice the
    // rate moves them twice as far.
    OptimizerSettings bare = new OptimizerSettings(1, 0, 0, false);
    List<List<DataSet>> shards = List.of(TinyNetworks.batches(1, 8, 1));
    double[] moved = new double[3];
    for (int rate = 0; rate < moved.length; rate++) {
      double learningRate = rate * LEARNING_RATE;
      ComputationGraph graph = TinyNetworks.plain();
      double[] before = TinyNetworks.trained(graph);
      try (ParameterAveragingMaster master = master(bare, 1, step -> learningRate)) {
        fit(graph, master, 1, shards);
      }
      double[] after = TinyNetworks.trained(graph);
      for (int i = 0; i < before.length; i++) {
        moved[rate] += Math.abs(after[i] - before[i]);
      }
    }
    assertThat(moved[0]).isZero();
    assertThat(moved[1]).isPositive();
    assertThat(moved[2] / moved[1]).isCloseTo(2, within(1e-4));
  }

  @Test
  void runningVariancesGainTheVarianceBetweenWorkers() {
    List<DataSet> first = TinyNetworks.batches(1, 16, 1);
    List<DataSet> second = TinyNetworks.batches(1, 8, 2);
    second.get(0).getFeatures().addi(3);
    ComputationGraph averaged = TinyNetworks.normalized();
    ComputationGraph one = averaged.clone();
    ComputationGraph other = averaged.clone();

    train(averaged, PLAIN, 1, 1, List.of(first, second));
    steps(one, PLAIN, first, 1);
    steps(other, PLAIN, second, 1);

    double[] means = TinyNetworks.group(averaged, Group.RUNNING_MEANS);
    double[] variances = TinyNetworks.group(averaged, Group.RUNNING_VARIANCES);
    double[] m1 = TinyNetworks.group(one, Group.RUNNING_MEANS);
    double[] m2 = TinyNetworks.group(other, Group.RUNNING_MEANS);
    double[] v1 = TinyNetworks.group(one, Group.RUNNING_VARIANCES);
    double[] v2 = TinyNetworks.group(other, Group.RUNNING_VARIANCES);
    assertThat(means).hasSize(8);
    for (int c = 0; c < means.length; c++) {
      double mean = (16 * m1[c] + 8 * m2[c]) / 24;
      double between =
          (16 * (m1[c] - mean) * (m1[c] - mean) + 8 * (m2[c] - mean) * (m2[c] - mean)) / 24;
      double variance = (16 * v1[c] + 8 * v2[c]) / 24 + between;
      assertThat(between).isPositive();
      assertThat(means[c]).isCloseTo(mean, within(1e-6));
      assertThat(variances[c]).isCloseTo(variance, within(1e-6 * variance));
    }
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    List<List<DataSet>> shards =
        List.of(TinyNetworks.batches(9, 8, 8), TinyNetworks.batches(9, 8, 9));
    ComputationGraph once = TinyNetworks.normalized();
    ComputationGraph twice = once.clone();

    train(once, NESTEROV, 2, 3, shards);
    train(twice, NESTEROV, 2, 3, shards);

    assertThat(FlatParameters.toBytes(twice.params()))
        .isEqualTo(FlatParameters.toBytes(once.params()));
  }

  @Tag("long")
  @Test
  void fiveWorkersInGroupsEqualFiveAddedUpOnTheDriver() {
    List<List<DataSet>> shards = new ArrayList<>();
    for (int worker = 0; worker < 5; worker++) {
      shards.add(TinyNetworks.batches(4, 4, worker));
    }
    ComputationGraph driver = TinyNetworks.normalized();
    ComputationGraph grouped = driver.clone();
    ComputationGraph again = driver.clone();

    fitWith(new AveragingSettings(1, 8, 1), driver, shards);
    fitWith(new AveragingSettings(1, 2, 1), grouped, shards);
    fitWith(new AveragingSettings(1, 2, 1), again, shards);

    assertThat(
            TinyNetworks.relativeDifference(
                grouped.params().toDoubleVector(), driver.params().toDoubleVector()))
        .isLessThan(OTHER_SUMMATION);
    assertThat(FlatParameters.toBytes(again.params()))
        .isEqualTo(FlatParameters.toBytes(grouped.params()));
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource(Transport.class)
  void trainingInGroupsDoesNotDependOnWhereTasksRun(Transport transport) {
    List<List<DataSet>> shards = new ArrayList<>();
    for (int worker = 0; worker < 5; worker++) {
      shards.add(TinyNetworks.batches(4, 4, worker));
    }
    ComputationGraph exact = TinyNetworks.normalized();
    ComputationGraph once = exact.clone();
    ComputationGraph again = exact.clone();
    double[] start = TinyNetworks.trained(exact);

    fitWith(new AveragingSettings(2, 2, 1), exact, shards);
    fitWith(new AveragingSettings(2, 2, 1, transport), once, shards);
    fitWith(new AveragingSettings(2, 2, 1, transport), again, shards);

    assertThat(FlatParameters.toBytes(again.params()))
        .isEqualTo(FlatParameters.toBytes(once.params()));
    // The change of the parameters, since they hardly move in eight steps.
    assertThat(
            TinyNetworks.relativeDifference(
                difference(TinyNetworks.trained(once), start),
                difference(TinyNetworks.trained(exact), start)))
        .isLessThan(HALF_PRECISION);
  }

  private static double[] difference(double[] end, double[] start) {
    double[] result = end.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] -= start[i];
    }
    return result;
  }

  private void fitWith(
      AveragingSettings settings, ComputationGraph graph, List<List<DataSet>> shards) {
    try (ParameterAveragingMaster master =
        new ParameterAveragingMaster(settings, NESTEROV, step -> LEARNING_RATE)) {
      fit(graph, master, 2, shards);
    }
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource(Transport.class)
  void trainingGoesOnWhereItWasLeft(Transport transport) {
    List<List<DataSet>> shards =
        List.of(TinyNetworks.batches(5, 8, 8), TinyNetworks.batches(5, 8, 9));
    LongToDoubleFunction rate = step -> LEARNING_RATE / (1 + step);
    AveragingSettings settings = new AveragingSettings(2, 8, 1, transport);
    ComputationGraph undisturbed = TinyNetworks.normalized();
    ComputationGraph killed = undisturbed.clone();
    try (ParameterAveragingMaster master = new ParameterAveragingMaster(settings, NESTEROV, rate)) {
      fit(undisturbed, master, 2, shards);
    }

    Progress progress;
    ModelState model;
    try (ParameterAveragingMaster master = new ParameterAveragingMaster(settings, NESTEROV, rate)) {
      List<Object> checkpoint = new ArrayList<>();
      master.listen(
          round -> {
            if (master.progress().round() == 4) {
              checkpoint.add(master.progress());
              checkpoint.add(master.state().orElseThrow());
              throw new IllegalStateException("killed");
            }
          });
      assertThatThrownBy(() -> fit(killed, master, 2, shards)).hasMessage("killed");
      progress = (Progress) checkpoint.get(0);
      model = (ModelState) checkpoint.get(1);
    }
    assertThat(progress).isEqualTo(new Progress(1, 2, 7, 4));

    ComputationGraph resumed = TinyNetworks.normalized();
    FlatParameters.copyFrom(model.parameters(), resumed.params());
    try (ParameterAveragingMaster master = new ParameterAveragingMaster(settings, NESTEROV, rate)) {
      master.resume(progress, model);
      fit(resumed, master, 1, shards);
      assertThat(master.progress()).isEqualTo(new Progress(2, 0, 10, 6));
    }
    assertThat(FlatParameters.toBytes(resumed.params()))
        .isEqualTo(FlatParameters.toBytes(undisturbed.params()));
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aRepeatedTaskReturnsTheSameBits(Transport transport) {
    List<List<DataSet>> shards =
        List.of(TinyNetworks.batches(6, 8, 8), TinyNetworks.batches(6, 8, 9));
    ComputationGraph undisturbed = TinyNetworks.normalized();
    ComputationGraph disturbed = undisturbed.clone();
    AveragingSettings settings = new AveragingSettings(3, 8, 1, transport);
    try (ParameterAveragingMaster master =
        new ParameterAveragingMaster(settings, NESTEROV, step -> LEARNING_RATE)) {
      fit(undisturbed, master, 1, shards);
    }

    LosingBatches.LOSSES.set(1);
    try (ParameterAveragingMaster master =
        new ParameterAveragingMaster(
            settings,
            NESTEROV,
            step -> LEARNING_RATE,
            (shard, hadoop) ->
                new LosingBatches(
                    new ResidentDataSets(
                        shard.worker(), TinyNetworks.batches(6, 8, 8 + shard.worker()))))) {
      PositionRange positions = new PositionRange(0, 96);
      List<String> paths =
          ShardReference.split("none", Split.TRAIN, positions, 2).stream()
              .map(ShardReference::toString)
              .toList();
      new SparkComputationGraph(spark, disturbed, master).fitPaths(spark.parallelize(paths, 2));
    }
    assertThat(LosingBatches.LOSSES.get()).isZero();
    assertThat(FlatParameters.toBytes(disturbed.params()))
        .isEqualTo(FlatParameters.toBytes(undisturbed.params()));
  }

  /** Fails worker 1's task once, in the middle of its second round. */
  private record LosingBatches(ResidentDataSets batches) implements WorkerBatches {
    private static final AtomicInteger LOSSES = new AtomicInteger();

    @Override
    public int worker() {
      return batches.worker();
    }

    @Override
    public int examples() {
      return batches.examples();
    }

    @Override
    public int steps() {
      return batches.steps();
    }

    @Override
    public int examplesIn(int step) {
      return batches.examplesIn(step);
    }

    @Override
    public Batch batch(int epoch, int step) {
      if (worker() == 1 && step == 4 && LOSSES.compareAndSet(1, 0)) {
        throw new IllegalStateException("lost on purpose");
      }
      return batches.batch(epoch, step);
    }
  }

  @Test
  void aLossThatIsNotANumberStopsWithStepRateAndWorker() {
    List<DataSet> good = TinyNetworks.batches(5, 8, 1);
    List<DataSet> bad = TinyNetworks.batches(5, 8, 2);
    bad.get(3).getLabels().putScalar(0, Float.NaN);
    ComputationGraph graph = TinyNetworks.normalized();

    assertThatThrownBy(() -> train(graph, PLAIN, 2, 1, List.of(good, bad)))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageStartingWith(
            "Training diverged: the loss is NaN in epoch 1, step 4, at learning rate 0.05")
        .hasMessageContaining("on worker 1");
  }

  @Test
  void aNanInAnImageReachesTheLoss() {
    List<DataSet> good = TinyNetworks.batches(5, 8, 1);
    List<DataSet> bad = TinyNetworks.batches(5, 8, 2);
    bad.get(3).getFeatures().putScalar(0, Float.NaN);
    ComputationGraph graph = TinyNetworks.normalized();

    assertThatThrownBy(() -> train(graph, PLAIN, 2, 1, List.of(good, bad)))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageStartingWith(
            "Training diverged: the loss is NaN in epoch 1, step 4, at learning rate 0.05")
        .hasMessageContaining("on worker 1");
  }

  @Test
  void aWorkerWithoutExamplesIsRefused() {
    ComputationGraph graph = TinyNetworks.plain();
    assertThatThrownBy(
            () -> train(graph, PLAIN, 1, 1, List.of(TinyNetworks.batches(2, 4, 1), List.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid training data: worker 1 has no examples (give every partition some)");
  }

  @Tag("long")
  @Test
  void memoryDoesNotGrowOverTwoHundredRounds() {
    List<List<DataSet>> shards =
        List.of(TinyNetworks.batches(10, 8, 8), TinyNetworks.batches(10, 8, 9));
    ComputationGraph graph = TinyNetworks.normalized();
    try (ParameterAveragingMaster master = master(NESTEROV, 1, step -> LEARNING_RATE)) {
      JavaRDD<DataSet> data = partitions(shards);
      SparkComputationGraph network = new SparkComputationGraph(spark, graph, master);
      List<Long> offHeap = new ArrayList<>();
      master.listen(
          round -> {
            if (round.round().number() == 20 || round.round().number() == 219) {
              System.gc();
              offHeap.add(Pointer.totalBytes());
            }
          });
      for (int epoch = 0; epoch < 22; epoch++) {
        network.fit(data);
      }
      assertThat(offHeap).hasSize(2);
      // A leak of one batch of features a round would be 27 kB times 200.
      assertThat(offHeap.get(1)).isLessThan(offHeap.get(0) + (1 << 20));
      assertThat(spark.getPersistentRDDs()).hasSize(1);
    }
    assertThat(spark.getPersistentRDDs()).isEmpty();
  }

  private void train(
      ComputationGraph graph,
      OptimizerSettings optimizer,
      int frequency,
      int epochs,
      List<List<DataSet>> shards) {
    try (ParameterAveragingMaster master =
        master(optimizer, frequency, step -> optimizer.learningRate())) {
      fit(graph, master, epochs, shards);
    }
  }

  private static ParameterAveragingMaster master(
      OptimizerSettings optimizer, int frequency, LongToDoubleFunction rate) {
    return new ParameterAveragingMaster(new AveragingSettings(frequency, 8, 1), optimizer, rate);
  }

  private void fit(
      ComputationGraph graph,
      ParameterAveragingMaster master,
      int epochs,
      List<List<DataSet>> shards) {
    JavaRDD<DataSet> data = partitions(shards);
    SparkComputationGraph network = new SparkComputationGraph(spark, graph, master);
    for (int epoch = 0; epoch < epochs; epoch++) {
      network.fit(data);
    }
  }

  private JavaRDD<DataSet> partitions(List<List<DataSet>> shards) {
    return spark.parallelize(shards, shards.size()).flatMap(List::iterator);
  }

  /** Our own local step on one machine. */
  private static void steps(
      ComputationGraph graph, OptimizerSettings optimizer, List<DataSet> batches, int epochs) {
    TrainingStep step = TrainingStep.of(graph);
    for (DataSet batch :
        Collections.nCopies(epochs, batches).stream().flatMap(List::stream).toList()) {
      step.compute(batch.getFeatures(), batch.getLabels());
      step.update(optimizer);
    }
  }
}
