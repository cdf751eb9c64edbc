package org.isonorm.network.step;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.AdamWStep;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.NesterovStep;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.Tensors;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.layer.ChannelsFirst;
import org.isonorm.network.layer.SoftmaxOutputLayer;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.plan.DropoutSeeds;
import org.isonorm.network.plan.HiddenMix;
import org.isonorm.network.plan.PlanMemory;
import org.isonorm.network.plan.StepPlan;
import org.isonorm.network.plan.StepPlan.BatchLoss;
import org.isonorm.network.step.OptimizerMethod.AdamW;
import org.isonorm.network.step.OptimizerMethod.Muon;
import org.isonorm.network.step.OptimizerMethod.Sgd;
import org.isonorm.network.step.OptimizerMethod.Sgdp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * One worker's local steps on a graph of {@link Networks#build(NetworkDefinition)}: {@link
 * #compute} the gradient on a batch, then {@link #update} the parameters in one pass:
 *
 * <pre>
 * g' = clipped(g / batch) + weightDecay · w     (weight decay on the weights of convolutions and classifier alone)
 * V  = μ V + g'
 * w −= η (g' + μ V)                    with Nesterov's momentum, w −= η V without
 * </pre>
 *
 * <p>or, by AdamW,
 *
 * <pre>
 * V  = β₁ V + (1 − β₁) g'',   S = β₂ S + (1 − β₂) g''²     with g'' = clipped(g / batch)
 * w  = (1 − η weightDecay) w − η V/(1 − β₁^t) / (√(S/(1 − β₂^t)) + ε)
 * </pre>
 *
 * <p>or, by Muon and for the weights W of a convolution as a matrix of a row a filter,
 *
 * <pre>
 * V  = μ V + clipped(g / batch),   W = W √filters/‖W‖ − η orthogonalized(clipped(g / batch) + μ V)
 * </pre>
 *
 * <p>or, by SGDP, as stochastic gradient descent without what of a step lies along the weights, and
 * with a weight decay of its own ({@link Sgdp}).
 *
 * <p>Rules of the settings make η and the weight decay others for some parameters, and a {@link
 * DecaySchedule} lets every weight decay follow η; one pass is made over every run of neighbours of
 * the same. The velocity V is not scaled by the learning rate, so the rate may change at every step
 * (Zhang et al. 2022; Sutskever et al. 2013 scale it). Running means and variances of batch
 * normalization move towards the batch's by their layer's share. Frozen layers stay as they are,
 * with all that is theirs, and {@link FixedNorms} keep their length where the settings say so. Not
 * for several threads.
 */
public final class TrainingStep implements AutoCloseable {

  /**
   * Plans that are kept: an epoch has one or two batch sizes, a last batch may be smaller, and
   * hidden states may be mixed in one of two stages or not at all.
   */
  private static final int MOST_PLANS = 6;

  /** What a plan is for; mixedStage is 0 where no hidden states are mixed. */
  private record PlanKey(List<Long> images, boolean drops, int mixedStage) {}

  private final ComputationGraph graph;
  private final ParameterLayout layout;
  private final ParameterGroups groups;
  private final GradientClipper clipper;
  private final Kernels kernels;
  private final Precision precision;
  private final FrozenLayers frozen;
  private final boolean dropout;

  /** Where the layers are DL4J's own. */
  private final Optional<StockGraph> stock;

  private final PlanMemory memory = new PlanMemory();
  private final Map<PlanKey, StepPlan> plans = new HashMap<>();
  private final INDArray velocity;
  private Optional<INDArray> secondMoments = Optional.empty();
  private Optional<FixedNorms> fixedNorms = Optional.empty();
  private OptimizerSettings updatesOf;
  private List<ParameterUpdate> updates;
  private long batch;
  private long correct;

  private TrainingStep(
      ComputationGraph graph, Kernels kernels, Precision precision, FrozenLayers frozen) {
    this.graph = graph;
    this.kernels = kernels;
    this.precision = precision;
    this.layout = ParameterLayout.of(graph);
    this.groups = ParameterGroups.of(graph);
    this.frozen = frozen;
    this.stock =
        ChannelsFirst.isIn(graph.getConfiguration())
            ? Optional.of(StockGraph.of(graph))
            : Optional.empty();
    this.dropout = Networks.hasDropout(graph.getConfiguration());
    this.clipper = new GradientClipper(layout, frozen, kernels);
    this.velocity = Nd4j.zeros(graph.params().dataType(), graph.params().shape());
  }

  /** A step of that graph by the process's own kernels in float32, at zero velocity. */
  public static TrainingStep of(ComputationGraph graph) {
    return of(graph, Precision.FLOAT32);
  }

  /** A step of that graph by the process's own kernels, at zero velocity. */
  public static TrainingStep of(ComputationGraph graph, Precision precision) {
    return of(graph, KernelProvider.kernels(), precision);
  }

  /** A step that leaves some layers of that graph as they are; else as above. */
  public static TrainingStep of(ComputationGraph graph, Precision precision, FrozenLayers frozen) {
    return of(graph, KernelProvider.kernels(), precision, frozen);
  }

  /** A step of that graph, at zero velocity. */
  public static TrainingStep of(ComputationGraph graph, Kernels kernels, Precision precision) {
    return of(graph, kernels, precision, FrozenLayers.NONE);
  }

  /** A step that leaves some layers of that graph as they are, at zero velocity. */
  public static TrainingStep of(
      ComputationGraph graph, Kernels kernels, Precision precision, FrozenLayers frozen) {
    if (!(graph.getOutputLayer(0) instanceof SoftmaxOutputLayer)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid graph: its output layer is a %s (must be built by Networks)",
              graph.getOutputLayer(0).getClass().getSimpleName()));
    }
    boolean stock = ChannelsFirst.isIn(graph.getConfiguration());
    if (stock && (precision != Precision.FLOAT32 || !frozen.equals(FrozenLayers.NONE))) {
      throw new UnsupportedOperationException(
          "Unsupported step: frozen layers or bf16 of DL4J's own layers (leave out network.fallback, or the other)");
    }
    if (graph.getFlattenedGradients() == null) {
      graph.initGradientsView();
    }
    return new TrainingStep(graph, kernels, precision, frozen);
  }

  /**
   * The gradient on a batch, by a forward and a backward pass in training mode.
   *
   * @param features images [N, height, width, channels]
   * @param labels one-hot, or any distribution over the classes, [N, classes]
   * @return the mean cross-entropy over the batch, without weight decay
   */
  public double compute(INDArray features, INDArray labels) {
    return compute(features, labels, null);
  }

  /**
   * The gradient on a batch whose hidden states are mixed on the way; else as above.
   *
   * @param labels mixed likewise by the caller
   * @param mix null for none
   */
  public double compute(INDArray features, INDArray labels, HiddenMix mix) {
    return compute(features, labels, mix, DropoutSeeds.NONE);
  }

  /**
   * The gradient on a batch in training: with the dropout that its examples draw; else as above.
   *
   * @param seeds one an example, or {@link DropoutSeeds#NONE}
   */
  public double compute(INDArray features, INDArray labels, HiddenMix mix, DropoutSeeds seeds) {
    if (labels.rank() != 2 || labels.size(0) != features.size(0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid labels: shape %s for %d images (must be [images, classes])",
              Arrays.toString(labels.shape()),
              features.size(0)));
    }
    batch = 0;
    BatchLoss loss = gradients(features, labels, mix, seeds);
    batch = features.size(0);
    correct = loss.correct();
    return loss.mean();
  }

  private BatchLoss gradients(
      INDArray features, INDArray labels, HiddenMix mix, DropoutSeeds seeds) {
    if (stock.isPresent()) {
      return stock.get().gradients(features, labels, seeds);
    }
    return plan(features.shape(), dropout && !seeds.isNone(), mix == null ? 0 : mix.stage())
        .run(Tensors.contiguous(features), labels, mix, seeds);
  }

  private StepPlan plan(long[] images, boolean drops, int mixedStage) {
    PlanKey key = new PlanKey(Arrays.stream(images).boxed().toList(), drops, mixedStage);
    StepPlan plan = plans.get(key);
    if (plan == null) {
      if (plans.size() == MOST_PLANS) {
        plans.values().forEach(StepPlan::close);
        plans.clear();
      }
      plan = StepPlan.of(graph, images, kernels, precision, memory, frozen, drops, mixedStage);
      plans.put(key, plan);
    }
    return plan;
  }

  /** How many images of the batch last computed had their label's class as the likeliest one. */
  public long correct() {
    return correct;
  }

  /**
   * Moves the parameters by the gradient that {@link #compute} left.
   *
   * @throws IllegalStateException if there is none, or it was used already
   * @throws IllegalArgumentException if the settings freeze other layers than this step does, whose
   *     gradient may be missing
   */
  public void update(OptimizerSettings settings) {
    if (batch == 0) {
      throw new IllegalStateException(
          "Cannot update parameters: no gradient since the last update");
    }
    if (!settings.frozen().equals(frozen)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid frozen layers: %s (must be the step's own: %s)",
              settings.frozen().patterns(),
              frozen.patterns()));
    }
    INDArray parameters = graph.params();
    INDArray gradient = graph.getFlattenedGradients();
    float scale =
        (float) (clipper.clip(settings.clipping(), parameters, gradient, batch) * (1f / batch));
    List<double[]> lengths = settings.fixedNorm() ? fixedNorms().of(parameters) : List.of();
    for (ParameterUpdate each : updates(settings)) {
      if (each.trained()) {
        update(settings, each, scale);
      } else {
        kernels.subtract(parameters, gradient, each.from(), each.to());
      }
    }
    if (settings.fixedNorm()) {
      fixedNorms().restore(lengths, parameters);
    }
    batch = 0;
  }

  private FixedNorms fixedNorms() {
    if (fixedNorms.isEmpty()) {
      fixedNorms = Optional.of(FixedNorms.of(graph, frozen, kernels));
    }
    return fixedNorms.get();
  }

  private List<ParameterUpdate> updates(OptimizerSettings settings) {
    if (updatesOf == null
        || updatesOf.weightDecay() != settings.weightDecay()
        || !updatesOf.method().equals(settings.method())
        || !updatesOf.rulesNow().equals(settings.rulesNow())) {
      updates = ParameterUpdate.of(layout, settings);
      updatesOf = settings;
    }
    return updates;
  }

  private void update(OptimizerSettings settings, ParameterUpdate update, float scale) {
    INDArray parameters = graph.params();
    INDArray gradient = graph.getFlattenedGradients();
    double rate = settings.learningRate() * update.learningRateFactor();
    double decay = settings.decayFactor() * update.weightDecay();
    if (settings.method() instanceof AdamW adam) {
      kernels.adamW(
          parameters,
          gradient,
          velocity,
          secondMoments(),
          update.from(),
          update.to(),
          new AdamWStep(
              rate, adam.beta1(), adam.beta2(), adam.epsilon(), decay, scale, settings.step()));
      return;
    }
    if (settings.method() instanceof Muon muon && update.rows() > 0) {
      orthogonalStep(muon, update, rate, scale);
      return;
    }
    if (settings.method() instanceof Sgdp sgdp) {
      projectedStep(sgdp.plain(), update, rate, decay, scale);
      return;
    }
    Sgd sgd = settings.method() instanceof Muon muon ? muon.others() : settings.sgd();
    kernels.nesterov(
        parameters,
        gradient,
        velocity,
        update.from(),
        update.to(),
        new NesterovStep(
            (float) rate, (float) sgd.momentum(), (float) decay, scale, sgd.nesterov()));
  }

  /**
   * See {@link Sgdp}. What lies along the weights is a multiple of them: it comes back with the
   * decay, in one factor a unit, before the step goes its whole way.
   */
  private void projectedStep(
      Sgd sgd, ParameterUpdate update, double rate, double decay, float scale) {
    INDArray parameters = graph.params();
    INDArray gradient = graph.getFlattenedGradients();
    double shrinking = rate * decay / (1 - sgd.momentum());
    double[] along = {0};
    if (update.rows() > 0) {
      Projection projection =
          Projection.of(kernels, sgd, parameters, gradient, scale, velocity, update);
      along = projection.along();
      shrinking *= projection.decayRatio();
    }
    float[] factors = new float[along.length];
    boolean any = false;
    for (int unit = 0; unit < factors.length; unit++) {
      factors[unit] = (float) (1 - shrinking + rate * along[unit]);
      any |= factors[unit] != 1;
    }
    if (any) {
      kernels.scaleUnits(parameters, update.from(), update.to(), factors);
    }
    kernels.nesterov(
        parameters,
        gradient,
        velocity,
        update.from(),
        update.to(),
        new NesterovStep(
            (float) rate, (float) sgd.momentum(), /* weightDecay= */ 0, scale, sgd.nesterov()));
  }

  /** See {@link Muon}. */
  private void orthogonalStep(Muon muon, ParameterUpdate update, double rate, float scale) {
    INDArray weights = matrix(graph.params(), update);
    INDArray gradient = matrix(graph.getFlattenedGradients(), update);
    INDArray speed = matrix(velocity, update);
    gradient.muli(scale);
    speed.muli(muon.momentum()).addi(gradient);
    try (INDArray ahead = speed.mul(muon.momentum())) {
      gradient.addi(ahead);
    }
    double norm = weights.norm2Number().doubleValue();
    if (norm > 0) {
      weights.muli(Math.sqrt(update.rows()) / norm);
    }
    try (INDArray step = NewtonSchulz.orthogonalized(gradient, muon.iterations())) {
      weights.subi(step.muli(rate));
    }
  }

  /** Part of a flat vector as a matrix, live. */
  private static INDArray matrix(INDArray vector, ParameterUpdate update) {
    return vector
        .reshape(vector.length())
        .get(NDArrayIndex.interval(update.from(), update.to()))
        .reshape('c', update.rows(), (update.to() - update.from()) / update.rows());
  }

  /**
   * The velocity V, laid out as the parameters and live: what is written into it counts. Zero where
   * parameters are running statistics.
   */
  public INDArray velocity() {
    return velocity;
  }

  /** The second moments S of AdamW, laid out as the velocity and live; 0 at first. */
  public INDArray secondMoments() {
    if (secondMoments.isEmpty()) {
      secondMoments = Optional.of(Nd4j.zeros(velocity.dataType(), velocity.shape()));
    }
    return secondMoments.get();
  }

  /** The graph's flat parameters, live. */
  public INDArray parameters() {
    return graph.params();
  }

  /** Which elements of parameters and velocity are what. */
  public ParameterGroups groups() {
    return groups;
  }

  /** Releases the memory of the plans at once instead of whenever it is collected. */
  @Override
  public void close() {
    plans.values().forEach(StepPlan::close);
    plans.clear();
    memory.close();
    batch = 0;
  }
}
