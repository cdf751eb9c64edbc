package org.isonorm.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoopTranslator;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Times training steps, or inference, of Isonorm's networks in the blocks of DJL on its PyTorch
 * engine, for {@code isonorm bench --peers=djl}: what is written in Java without Isonorm. Its
 * protocol is that of torch_step.py: warms up and prints "ready VERSION PARAMETERS", then, for each
 * line on stdin, a number of steps, takes that many and prints the mean seconds of one. Where it
 * cannot, it prints a sentence that begins with "Cannot".
 *
 * <p>Channels come last in memory: images and the weights of convolutions are arrays of height,
 * width, channels seen through a transposition, for which DJL has no option. Its PyTorch engine has
 * no Nesterov momentum and no autocast: it takes steps of momentum SGD in float32.
 *
 * <pre>
 *   mvn -B -q -f bench/djl/pom.xml package
 *   echo 10 | java -cp 'bench/djl/target/jars/*' org.isonorm.djl.DjlStep --depth 20 --width 16 --threads 2
 * </pre>
 */
public final class DjlStep {
  private static final Map<Integer, int[]> VGG_CONVOLUTIONS =
      Map.of(
          11,
          new int[] {1, 1, 2, 2, 2},
          13,
          new int[] {2, 2, 2, 2, 2},
          16,
          new int[] {2, 2, 3, 3, 3},
          19,
          new int[] {2, 2, 4, 4, 4});
  private static final int[] VGG_FACTORS = {1, 2, 4, 8, 8};
  private static final int[] RESNET_34_BLOCKS = {3, 4, 6, 3};

  /** Weights, of convolutions with their channels last in memory. */
  private static final Initializer CHANNELS_LAST =
      (manager, shape, type) ->
          shape.dimension() == 4
              ? channelsLast(manager, shape, 0.05f)
              : manager.randomNormal(0, 0.05f, shape, type);

  private final Map<String, String> options;
  private final int depth;
  private final int width;

  private DjlStep(Map<String, String> options) {
    this.options = options;
    depth = number("depth", 20);
    width = number("width", 16);
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      boolean flag = i + 1 == arguments.length || arguments[i + 1].startsWith("--");
      options.put(arguments[i].substring(2), flag ? "true" : arguments[++i]);
    }
    System.setProperty("ai.djl.pytorch.num_threads", options.getOrDefault("threads", "1"));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    try {
      new DjlStep(options).run();
    } catch (RuntimeException | LinkageError e) {
      System.out.printf("Cannot take steps: %s%n", e);
      System.exit(1);
    }
  }

  private int number(String name, int otherwise) {
    return Integer.parseInt(options.getOrDefault(name, Integer.toString(otherwise)));
  }

  private float real(String name, String otherwise) {
    return Float.parseFloat(options.getOrDefault(name, otherwise));
  }

  private boolean is(String name, String value, String otherwise) {
    return options.getOrDefault(name, otherwise).equals(value);
  }

  private void run() throws Exception {
    if (!is("activation", "relu", "relu")
        || !is("normalization", "batch", "batch")
        || is("biases", "all", "classifier")) {
      System.out.println(
          "Cannot build the network of DJL's blocks: they are written here for ReLU and batch normalization, without biases of convolutions");
      return;
    }
    SequentialBlock network;
    switch (options.getOrDefault("family", "resnet")) {
      case "resnet" -> network = resnet();
      case "vgg" -> network = vgg();
      case "densenet" -> network = denseNet();
      case "wrn" -> network = wideResnet();
      default -> {
        System.out.printf(
            "Cannot build a network of family %s of DJL's blocks (resnet, vgg, densenet and wrn are written here)%n",
            options.get("family"));
        return;
      }
    }
    int batch = number("batch", 128);
    int classes = number("classes", 10);
    Shape shape =
        new Shape(
            batch,
            number("image-channels", 3),
            number("image-height", 32),
            number("image-width", 32));
    try (Model model = Model.newInstance("network", "PyTorch");
        NDManager manager = NDManager.newBaseManager("PyTorch")) {
      model.setBlock(network);
      NDArray images = channelsLast(manager, shape, 1);
      NDArray labels =
          manager.randomUniform(0, classes, new Shape(batch)).floor().toType(DataType.INT64, false);
      Steps steps =
          options.containsKey("inference")
              ? inference(model, shape, images)
              : training(model, shape, images, labels);
      steps.take(number("warm-up", 10));
      System.out.printf("ready %s %d%n", version(), trained(network));
      BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        int count = Integer.parseInt(line.strip());
        long start = System.nanoTime();
        steps.take(count);
        System.out.println((System.nanoTime() - start) / 1e9 / count);
      }
    }
  }

  /** Normal numbers of a deviation, of which the second axis is the last in memory. */
  private static NDArray channelsLast(NDManager manager, Shape shape, float deviation) {
    Shape inMemory = new Shape(shape.get(0), shape.get(2), shape.get(3), shape.get(1));
    return manager.randomNormal(0, deviation, inMemory, DataType.FLOAT32).transpose(0, 3, 1, 2);
  }

  /** DJL's version, and that of its engine. */
  private static String version() {
    return "%s-pytorch-%s"
        .formatted(Engine.getDjlVersion(), Engine.getEngine("PyTorch").getVersion());
  }

  private static long trained(Block network) {
    return network.getParameters().stream()
        .map(entry -> entry.getValue())
        .filter(
            parameter ->
                parameter.getType() != Parameter.Type.RUNNING_MEAN
                    && parameter.getType() != Parameter.Type.RUNNING_VAR)
        .mapToLong(parameter -> parameter.getArray().size())
        .sum();
  }

  /** Takes some steps, to their ends. */
  private interface Steps {
    void take(int count) throws Exception;
  }

  private Steps training(Model model, Shape shape, NDArray images, NDArray labels) {
    Optimizer sgd =
        Optimizer.sgd()
            .setLearningRateTracker(Tracker.fixed(real("learning-rate", "0.1")))
            .optMomentum(real("momentum", "0.9"))
            .optWeightDecays(real("weight-decay", "1e-4"))
            .build();
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optOptimizer(sgd)
            .optInitializer(CHANNELS_LAST, Parameter.Type.WEIGHT);
    Trainer trainer = model.newTrainer(config);
    trainer.initialize(shape);
    return count -> {
      for (int i = 0; i < count; i++) {
        try (NDManager scope = trainer.getManager().newSubManager();
            GradientCollector collector = trainer.newGradientCollector()) {
          NDList input = new NDList(images);
          input.tempAttach(scope);
          NDArray loss = trainer.getLoss().evaluate(new NDList(labels), trainer.forward(input));
          collector.backward(loss);
          loss.getFloat();
        }
        trainer.step();
      }
    };
  }

  private static Steps inference(Model model, Shape shape, NDArray images) {
    model.getBlock().setInitializer(CHANNELS_LAST, Parameter.Type.WEIGHT);
    model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, shape);
    Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator(null));
    return count -> {
      for (int i = 0; i < count; i++) {
        try (NDList logits = predictor.predict(new NDList(images))) {
          logits.singletonOrThrow().softmax(1).toFloatArray();
        }
      }
    };
  }

  private static Block convolution(int channels, int kernel, int stride) {
    return Conv2d.builder()
        .setKernelShape(new Shape(kernel, kernel))
        .optStride(new Shape(stride, stride))
        .optPadding(new Shape(kernel / 2, kernel / 2))
        .optBias(false)
        .setFilters(channels)
        .build();
  }

  private static SequentialBlock activated(SequentialBlock block) {
    return block.add(BatchNorm.builder().build()).add(Activation.reluBlock());
  }

  private SequentialBlock classified(SequentialBlock block) {
    return block.add(
        Linear.builder()
            .setUnits(number("classes", 10))
            .optBias(!is("biases", "none", "classifier"))
            .build());
  }

  private SequentialBlock pooledAndClassified(SequentialBlock block) {
    return classified(block.add(Pool.globalAvgPool2dBlock()));
  }

  private SequentialBlock vgg() {
    SequentialBlock network = new SequentialBlock();
    int[] counts = VGG_CONVOLUTIONS.get(depth);
    for (int stage = 0; stage < counts.length; stage++) {
      for (int i = 0; i < counts[stage]; i++) {
        activated(network.add(convolution(VGG_FACTORS[stage] * width, 3, 1)));
      }
      network.add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
    }
    return classified(network.add(Blocks.batchFlattenBlock()));
  }

  private SequentialBlock resnet() {
    int perStage = (depth - 2) / 6;
    int[] blocks = depth == 34 ? RESNET_34_BLOCKS : new int[] {perStage, perStage, perStage};
    SequentialBlock network = activated(new SequentialBlock().add(convolution(width, 3, 1)));
    int from = width;
    for (int stage = 0; stage < blocks.length; stage++) {
      int channels = width << stage;
      for (int block = 0; block < blocks[stage]; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        SequentialBlock branch =
            activated(new SequentialBlock().add(convolution(channels, 3, stride)))
                .add(convolution(channels, 3, 1))
                .add(BatchNorm.builder().build());
        network.add(sum(branch, shortcut(from, channels, stride))).add(Activation.reluBlock());
        from = channels;
      }
    }
    return pooledAndClassified(network);
  }

  private static Block sum(Block branch, Block shortcut) {
    return new ParallelBlock(
        outputs ->
            new NDList(outputs.get(0).singletonOrThrow().addi(outputs.get(1).singletonOrThrow())),
        List.of(branch, shortcut));
  }

  private Block shortcut(int from, int channels, int stride) {
    if (stride == 1 && from == channels) {
      return Blocks.identityBlock();
    }
    Block subsample = Blocks.identityBlock();
    if (stride > 1) {
      subsample = LambdaBlock.singleton(x -> x.get(":, :, ::%d, ::%d".formatted(stride, stride)));
    }
    Block pad =
        LambdaBlock.singleton(
            x -> {
              Shape shape = x.getShape();
              Shape added = new Shape(shape.get(0), shape.get(2), shape.get(3), channels - from);
              return x.concat(x.getManager().zeros(added).transpose(0, 3, 1, 2), 1);
            });
    return switch (options.getOrDefault("shortcut", "a+bn")) {
      case "a" -> new SequentialBlock().add(subsample).add(pad);
      case "a+bn" -> new SequentialBlock().add(subsample).add(BatchNorm.builder().build()).add(pad);
      default ->
          new SequentialBlock()
              .add(convolution(channels, 1, stride))
              .add(BatchNorm.builder().build());
    };
  }

  private SequentialBlock denseNet() {
    SequentialBlock network = new SequentialBlock().add(convolution(2 * width, 3, 1));
    int channels = 2 * width;
    for (int stage = 0; stage < 3; stage++) {
      for (int i = 0; i < (depth - 4) / 6; i++) {
        SequentialBlock branch =
            activated(activated(new SequentialBlock()).add(convolution(4 * width, 1, 1)))
                .add(convolution(width, 3, 1));
        network.add(
            new ParallelBlock(
                outputs ->
                    new NDList(
                        outputs
                            .get(0)
                            .singletonOrThrow()
                            .concat(outputs.get(1).singletonOrThrow(), 1)),
                List.of(Blocks.identityBlock(), branch)));
        channels += width;
      }
      activated(network);
      if (stage < 2) {
        channels /= 2;
        network
            .add(convolution(channels, 1, 1))
            .add(Pool.avgPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
      }
    }
    return pooledAndClassified(network);
  }

  private SequentialBlock wideResnet() {
    SequentialBlock network = new SequentialBlock().add(convolution(width, 3, 1));
    int from = width;
    for (int stage = 0; stage < 3; stage++) {
      int channels = width * number("widening", 1) << stage;
      for (int block = 0; block < (depth - 4) / 6; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        SequentialBlock branch =
            activated(new SequentialBlock().add(convolution(channels, 3, stride)))
                .add(convolution(channels, 3, 1));
        if (stride > 1 || from != channels) {
          // Both read what is activated; the branch has it first.
          activated(network).add(sum(branch, convolution(channels, 1, stride)));
        } else {
          network.add(sum(activated(new SequentialBlock()).add(branch), Blocks.identityBlock()));
        }
        from = channels;
      }
    }
    return pooledAndClassified(activated(network));
  }
}
