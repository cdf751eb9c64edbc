package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.isonorm.init.Activation;
import org.isonorm.network.kernel.nd4j.Nd4jKernels;
import org.isonorm.network.kernel.provider.OneDnnKernels;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/** The fast kernels against the plain one, over awkward sizes. */
class KernelParityTest {
  /** Five steps of a few operations in float32 on numbers up to 2. */
  private static final float FIVE_STEPS = 1e-6f;

  /** A sum of squares in another order, in double precision of float32. */
  private static final double NORM = 1e-6;

  /**
   * Largest difference, as a share of the largest value, of sums of up to some thousand float
   * products in another order: a few hundred units in the last place (2^-24 = 6e-8) at the very
   * worst, usually a few.
   */
  private static final double SUM_TOLERANCE = 1e-5;

  /** The same where a division by a small standard deviation follows the sums. */
  private static final double NORMALIZATION_TOLERANCE = 5e-5;

  /** A multiply and an add, fused or not. */
  private static final double ROUNDING_TOLERANCE = 1e-6;

  /**
   * Polynomials for exp, log, tanh and erf in float32, as a share of the largest value or of 1:
   * some tens of units in the last place; oneDNN's softplus far left of 0 is off by 4e-6.
   */
  private static final double FUNCTION_TOLERANCE = 1e-5;

  private static final int CONVOLUTION_SHAPES = 100;

  private final Kernels reference = new ReferenceKernels();

  static Stream<Kernels> candidates() {
    return Stream.of(new OneDnnKernels(true), new Nd4jKernels());
  }

  /** Every value of every axis several times, in combinations drawn by a fixed seed. */
  private static List<ConvolutionShape> convolutionShapes() {
    RandomGenerator random = new SplittableRandom(20);
    int[] channels = {1, 3, 5, 16, 17, 33};
    int[] sizes = {5, 7, 8, 13};
    List<ConvolutionShape> shapes = new ArrayList<>();
    while (shapes.size() < CONVOLUTION_SHAPES) {
      int kernelHeight = pick(random, 1, 3, 5);
      int kernelWidth = random.nextInt(4) == 0 ? pick(random, 1, 3, 5) : kernelHeight;
      int stride = pick(random, 1, 2);
      int padding = pick(random, 0, 1, 2);
      shapes.add(
          new ConvolutionShape(
              pick(random, 1, 2, 7),
              pick(random, channels),
              pick(random, sizes),
              pick(random, sizes),
              pick(random, channels),
              kernelHeight,
              kernelWidth,
              stride,
              stride,
              padding,
              random.nextInt(4) == 0 ? pick(random, 0, 1, 2) : padding,
              1,
              1,
              1,
              random.nextBoolean()));
    }
    // The shapes of CIFAR networks: stem, same, downsampling, projection.
    shapes.add(ConvolutionShape.of(2, 32, 32, 3, 16, 3, 1, 1, false));
    shapes.add(ConvolutionShape.of(2, 16, 16, 32, 32, 3, 1, 1, false));
    shapes.add(ConvolutionShape.of(2, 32, 32, 16, 32, 3, 2, 1, false));
    shapes.add(ConvolutionShape.of(2, 32, 32, 16, 32, 1, 2, 0, false));
    return shapes;
  }

  private static int pick(RandomGenerator random, int... values) {
    return values[random.nextInt(values.length)];
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void convolutionsAgree(Kernels candidate) {
    for (ConvolutionShape shape : convolutionShapes()) {
      assertConvolutionAgrees(candidate, shape);
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void dilatedConvolutionsAgree(Kernels candidate) {
    assertConvolutionAgrees(
        candidate, new ConvolutionShape(2, 5, 11, 9, 17, 3, 3, 1, 2, 2, 1, 2, 3, 1, true));
  }

  /** Where oneDNN would write behind its scratch memory, into another thread's. */
  @ParameterizedTest
  @MethodSource("candidates")
  void stridedOneByOneConvolutionsOfFewChannelsAgree(Kernels candidate) {
    // Loads the native library.
    assertThat(Nd4j.getBackend()).isNotNull();
    NativeOps operations = NativeOpsHolder.getInstance().getDeviceNativeOps();
    int threads = operations.ompGetMaxThreads();
    operations.setOmpNumThreads(2);
    try {
      for (int channels : new int[] {3, 4, 8, 12}) {
        assertConvolutionAgrees(
            candidate, ConvolutionShape.of(8, 32, 32, channels, 16, 1, 2, 0, channels == 3));
      }
    } finally {
      operations.setOmpNumThreads(threads);
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void convolutionsOfMorePaddingAtTheEndAgree(Kernels candidate) {
    for (int kernel : new int[] {2, 3, 4}) {
      for (int stride : new int[] {1, 2, 3}) {
        SamePadding height = SamePadding.of(kernel, 1, stride, 8);
        SamePadding width = SamePadding.of(3, 1, 2, 6);
        assertConvolutionAgrees(
            candidate,
            new ConvolutionShape(
                2,
                5,
                8,
                6,
                17,
                kernel,
                3,
                stride,
                2,
                height.before(),
                width.before(),
                1,
                1,
                1,
                true,
                height.extra(),
                width.extra()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void groupedConvolutionsAgree(Kernels candidate) {
    assertConvolutionAgrees(
        candidate, new ConvolutionShape(2, 6, 9, 9, 12, 3, 3, 1, 1, 1, 1, 1, 1, 3, true));
    assertConvolutionAgrees(
        candidate, new ConvolutionShape(7, 6, 5, 7, 4, 1, 3, 1, 1, 0, 1, 1, 1, 2, false));
    assertConvolutionAgrees(
        candidate, new ConvolutionShape(2, 34, 8, 8, 34, 3, 3, 2, 2, 1, 1, 1, 1, 2, true));
    // Depthwise, and depthwise with two outputs of each input and dilation.
    assertConvolutionAgrees(
        candidate, new ConvolutionShape(2, 16, 8, 8, 16, 3, 3, 2, 2, 1, 1, 1, 1, 16, false));
    assertConvolutionAgrees(
        candidate, new ConvolutionShape(2, 5, 11, 9, 10, 3, 3, 1, 1, 2, 2, 2, 2, 5, true));
  }

  private void assertConvolutionAgrees(Kernels candidate, ConvolutionShape shape) {
    String what = candidate.name() + " " + shape;
    RandomGenerator random = new SplittableRandom(shape.hashCode());
    long[] inputShape = {shape.batch(), shape.inHeight(), shape.inWidth(), shape.in()};
    long[] outputShape = {shape.batch(), shape.outHeight(), shape.outWidth(), shape.out()};
    long[] weightsShape = {
      shape.out(), shape.in() / shape.groups(), shape.kernelHeight(), shape.kernelWidth()
    };
    INDArray input = Guarded.normal(random, inputShape).array();
    INDArray weights = Guarded.normal(random, weightsShape).array();
    INDArray bias = shape.bias() ? Guarded.normal(random, shape.out()).array() : null;
    INDArray outputGradient = Guarded.normal(random, outputShape).array();

    List<Guarded> actual = new ArrayList<>();
    List<Guarded> expected = new ArrayList<>();
    for (Kernels kernels : List.of(candidate, reference)) {
      Guarded output = Guarded.unset(outputShape);
      Guarded inputGradient = Guarded.unset(inputShape);
      Guarded weightsGradient = Guarded.unset(weightsShape);
      Guarded weightsGradientAlone = Guarded.unset(weightsShape);
      Guarded biasGradient = Guarded.unset(shape.out());
      INDArray biasView = shape.bias() ? biasGradient.array() : null;
      try (ConvolutionKernel kernel = kernels.convolution(shape)) {
        kernel.forward(input, weights, bias, output.array());
        kernel.backward(
            input,
            weights,
            outputGradient,
            inputGradient.array(),
            weightsGradient.array(),
            biasView);
        kernel.backward(
            input, weights, outputGradient, null, weightsGradientAlone.array(), biasView);
      }
      List<Guarded> results = kernels == candidate ? actual : expected;
      Collections.addAll(results, output, inputGradient, weightsGradient, weightsGradientAlone);
      if (shape.bias()) {
        results.add(biasGradient);
      }
    }
    for (int i = 0; i < expected.size(); i++) {
      actual.get(i).assertCloseTo(expected.get(i), SUM_TOLERANCE, what + " result " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void batchNormalizationsAgree(Kernels candidate) {
    for (int channels : new int[] {1, 3, 5, 16, 17, 33}) {
      for (int batch : new int[] {1, 2, 7}) {
        for (boolean relu : new boolean[] {false, true}) {
          assertBatchNormalizationAgrees(
              candidate, new BatchNormalizationShape(batch, 5, 7, channels, 1e-5, relu));
        }
      }
    }
    // Sizes at which oneDNN takes several pixels as one.
    for (int channels : new int[] {1, 3, 12, 30, 36, 60}) {
      for (boolean relu : new boolean[] {false, true}) {
        assertBatchNormalizationAgrees(
            candidate, new BatchNormalizationShape(3, 8, 4, channels, 1e-5, relu));
      }
    }
  }

  private void assertBatchNormalizationAgrees(Kernels candidate, BatchNormalizationShape shape) {
    String what = candidate.name() + " " + shape;
    RandomGenerator random = new SplittableRandom(shape.hashCode());
    long[] activations = {shape.batch(), shape.height(), shape.width(), shape.channels()};
    INDArray input = Guarded.normal(random, activations).array().muli(3).addi(2);
    INDArray scale = Guarded.normal(random, shape.channels()).array();
    INDArray shift = Guarded.normal(random, shape.channels()).array();
    INDArray outputGradient = Guarded.normal(random, activations).array();
    INDArray runningMean = Guarded.normal(random, shape.channels()).array();
    INDArray runningVariance = Guarded.normal(random, shape.channels()).array();
    runningVariance.muli(runningVariance).addi(0.1);

    List<Guarded> actual = new ArrayList<>();
    List<Guarded> expected = new ArrayList<>();
    for (Kernels kernels : List.of(candidate, reference)) {
      Guarded output = Guarded.unset(activations);
      Guarded outputValues = Guarded.unset(activations);
      Guarded inPlace = Guarded.unset(activations);
      inPlace.array().assign(outputGradient);
      Guarded mean = Guarded.unset(shape.channels());
      Guarded variance = Guarded.unset(shape.channels());
      Guarded inference = Guarded.unset(activations);
      Guarded inputGradient = Guarded.unset(activations);
      Guarded scaleGradient = Guarded.unset(shape.channels());
      Guarded shiftGradient = Guarded.unset(shape.channels());
      try (BatchNormalizationKernel kernel = kernels.batchNormalization(shape)) {
        kernel.forwardTraining(input, scale, shift, output.array(), mean.array(), variance.array());
        // An evaluation between the two passes must not disturb them.
        kernel.forwardInference(
            input, scale, shift, runningMean, runningVariance, inference.array());
        // Its memory may serve other arrays before the pass back.
        outputValues.array().assign(output.array());
        output.array().assign(Double.NaN);
        for (Guarded target : List.of(inputGradient, inPlace)) {
          kernel.backward(
              input,
              target == inPlace ? inPlace.array() : outputGradient,
              scale,
              mean.array(),
              variance.array(),
              target.array(),
              scaleGradient.array(),
              shiftGradient.array());
        }
      }
      Collections.addAll(
          kernels == candidate ? actual : expected,
          outputValues,
          mean,
          variance,
          inference,
          inputGradient,
          inPlace,
          scaleGradient,
          shiftGradient);
    }
    for (int i = 0; i < expected.size(); i++) {
      actual.get(i).assertCloseTo(expected.get(i), NORMALIZATION_TOLERANCE, what + " result " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void classifiersAgree(Kernels candidate) {
    for (int examples : new int[] {1, 2, 7, 33}) {
      for (int classes : new int[] {2, 10, 17}) {
        assertClassifierAgrees(candidate, examples, 19, classes, classes != 10);
      }
    }
  }

  private void assertClassifierAgrees(
      Kernels candidate, int examples, int features, int classes, boolean bias) {
    RandomGenerator random = new SplittableRandom(examples + classes);
    INDArray input = Guarded.normal(random, examples, 1, 1, features).array();
    INDArray weights = Guarded.normal(random, features, classes).array();
    INDArray biases = bias ? Guarded.normal(random, 1, classes).array() : null;
    INDArray labels = Nd4j.zeros(examples, classes);
    for (int i = 0; i < examples; i++) {
      labels.putScalar(i, random.nextInt(classes), 1);
    }
    List<Guarded> actual = new ArrayList<>();
    List<Guarded> expected = new ArrayList<>();
    List<SoftmaxCrossEntropy> losses = new ArrayList<>();
    for (Kernels kernels : List.of(candidate, reference)) {
      Guarded inputGradient = Guarded.unset(examples, 1, 1, features);
      Guarded weightsGradient = Guarded.unset(features, classes);
      Guarded biasGradient = Guarded.unset(1, classes);
      try (ClassifierKernel kernel = kernels.classifier()) {
        kernel.forward(input, weights, biases);
        losses.add(
            kernel.backward(
                labels,
                inputGradient.array(),
                weightsGradient.array(),
                bias ? biasGradient.array() : null));
      }
      List<Guarded> results = kernels == candidate ? actual : expected;
      Collections.addAll(results, inputGradient, weightsGradient);
      if (bias) {
        results.add(biasGradient);
      }
    }
    String what = "%s of %d examples, %d classes".formatted(candidate.name(), examples, classes);
    for (int i = 0; i < expected.size(); i++) {
      actual.get(i).assertCloseTo(expected.get(i), SUM_TOLERANCE, what + " result " + i);
    }
    assertThat(losses.get(0).correct()).as(what).isEqualTo(losses.get(1).correct());
    assertThat(losses.get(0).meanLoss())
        .as(what)
        .isCloseTo(losses.get(1).meanLoss(), within(SUM_TOLERANCE * losses.get(1).meanLoss()));
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void addRelusAgree(Kernels candidate) {
    for (int length : new int[] {1, 7, 255, 256, 257, 4096, 5 * 7 * 33}) {
      RandomGenerator random = new SplittableRandom(length);
      INDArray a = Guarded.normal(random, length).array();
      INDArray b = Guarded.normal(random, length).array();
      INDArray outputGradient = Guarded.normal(random, length).array();
      List<Guarded> outputs = new ArrayList<>();
      List<Guarded> gradients = new ArrayList<>();
      for (Kernels kernels : List.of(candidate, reference)) {
        Guarded output = Guarded.unset(length);
        Guarded gradient = Guarded.unset(length);
        Guarded apart = Guarded.unset(length);
        try (AddReluKernel kernel = kernels.addRelu(length)) {
          kernel.forward(a, b, output.array());
          gradient.array().assign(outputGradient);
          kernel.backward(output.array(), gradient.array(), gradient.array());
          kernel.backward(output.array(), outputGradient, apart.array());
          assertThat(apart.values()).as("in place").isEqualTo(gradient.values());
        }
        outputs.add(output);
        gradients.add(gradient);
      }
      String what = candidate.name() + " " + length;
      outputs.get(0).assertCloseTo(outputs.get(1), ROUNDING_TOLERANCE, what + " output");
      gradients.get(0).assertCloseTo(gradients.get(1), 0, what + " gradient");
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void additionsAgree(Kernels candidate) {
    for (int length : new int[] {1, 7, 256, 257, 5 * 7 * 33}) {
      RandomGenerator random = new SplittableRandom(length);
      INDArray a = Guarded.normal(random, length).array();
      INDArray b = Guarded.normal(random, length).array();
      Guarded sum = Guarded.unset(length);
      Guarded expected = Guarded.unset(length);
      try (AddKernel kernel = candidate.add(length);
          AddKernel plain = reference.add(length)) {
        plain.forward(a, b, expected.array());
        kernel.forward(a, b, sum.array());
        kernel.forward(a, b, a);
      }
      sum.assertCloseTo(expected, 0, candidate.name() + " " + length);
      assertThat(a.toFloatVector()).as("in place").isEqualTo(expected.values());
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void activationsAgree(Kernels candidate) {
    List<Activation> functions = new ArrayList<>(Activation.all());
    for (String name : List.of("leaky-relu(.2)", "prelu(-.5)", "elu(.5)")) {
      functions.add(Activation.named(name));
    }
    for (Activation function : functions) {
      for (int length : new int[] {1, 7, 256, 257, 5 * 7 * 33}) {
        for (double spread : new double[] {1, 4, 40}) {
          assertActivationAgrees(candidate, new ActivationShape(function, length), spread);
        }
      }
    }
  }

  private void assertActivationAgrees(Kernels candidate, ActivationShape shape, double spread) {
    RandomGenerator random = new SplittableRandom(shape.length());
    INDArray input = Guarded.normal(random, shape.length()).array().muli(spread);
    INDArray outputGradient = Guarded.normal(random, shape.length()).array();
    List<Guarded> outputs = new ArrayList<>();
    List<Guarded> gradients = new ArrayList<>();
    for (Kernels kernels : List.of(candidate, reference)) {
      Guarded output = Guarded.unset(shape.length());
      Guarded gradient = Guarded.unset(shape.length());
      Guarded apart = Guarded.unset(shape.length());
      try (ActivationKernel kernel = kernels.activation(shape)) {
        kernel.forward(input, output.array());
        gradient.array().assign(outputGradient);
        kernel.backward(input, gradient.array(), gradient.array());
        kernel.backward(input, outputGradient, apart.array());
        assertThat(apart.values()).as("in place").isEqualTo(gradient.values());
      }
      outputs.add(output);
      gradients.add(gradient);
    }
    String what =
        "%s %s %d %s".formatted(candidate.name(), shape.function().name(), shape.length(), spread);
    outputs.get(0).assertCloseTo(outputs.get(1), FUNCTION_TOLERANCE, what + " output");
    gradients.get(0).assertCloseTo(gradients.get(1), FUNCTION_TOLERANCE, what + " gradient");
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void scalarAffinesAgree(Kernels candidate) {
    for (int length : new int[] {1, 7, 255, 256, 257, 5 * 7 * 33, 40 * 256}) {
      for (boolean multiplied : new boolean[] {false, true}) {
        assertScalarAffineAgrees(candidate, length, multiplied);
      }
    }
  }

  private void assertScalarAffineAgrees(Kernels candidate, int length, boolean multiplied) {
    RandomGenerator random = new SplittableRandom(length);
    INDArray input = Guarded.normal(random, length).array();
    INDArray outputGradient = Guarded.normal(random, length).array();
    INDArray bias = Guarded.normal(random, 1).array();
    INDArray multiplier = multiplied ? Guarded.normal(random, 1).array() : null;
    List<List<Guarded>> results = new ArrayList<>();
    for (Kernels kernels : List.of(candidate, reference)) {
      Guarded output = Guarded.unset(length);
      Guarded inputGradient = Guarded.unset(length);
      Guarded multiplierGradient = Guarded.unset(1);
      Guarded biasGradient = Guarded.unset(1);
      try (ScalarAffineKernel kernel = kernels.scalarAffine(length, multiplied)) {
        kernel.forward(input, multiplier, bias, output.array());
        kernel.backward(
            input,
            multiplier,
            outputGradient,
            multiplied ? inputGradient.array() : null,
            multiplied ? multiplierGradient.array() : null,
            biasGradient.array());
      }
      results.add(
          multiplied
              ? List.of(output, biasGradient, inputGradient, multiplierGradient)
              : List.of(output, biasGradient));
    }
    for (int i = 0; i < results.get(0).size(); i++) {
      results
          .get(0)
          .get(i)
          .assertCloseTo(
              results.get(1).get(i),
              SUM_TOLERANCE,
              "%s %d %s %d".formatted(candidate.name(), length, multiplied, i));
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void functionsOfOnesOwnAreComputedAsWritten(Kernels candidate) {
    Activation cube = new Activation("cube", x -> x * x * x, x -> 3 * x * x, List.of());
    assertActivationAgrees(candidate, new ActivationShape(cube, 257), 1);
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void concatenationsAgree(Kernels candidate) {
    for (int rows : new int[] {1, 5 * 7, 3 * 64}) {
      for (List<Integer> channels :
          List.of(
              List.of(1), List.of(1, 1), List.of(3, 5), List.of(24, 12), List.of(7, 16, 1, 33))) {
        assertConcatenationAgrees(candidate, new ConcatenationShape(rows, channels));
      }
    }
  }

  /** Both passes only copy. */
  private void assertConcatenationAgrees(Kernels candidate, ConcatenationShape shape) {
    RandomGenerator random = new SplittableRandom(shape.hashCode());
    INDArray[] inputs =
        shape.channels().stream()
            .map(channels -> Guarded.normal(random, shape.rows(), 1, 1, channels).array())
            .toArray(INDArray[]::new);
    long[] outputShape = {shape.rows(), 1, 1, shape.outputChannels()};
    INDArray outputGradient = Guarded.normal(random, outputShape).array();
    List<Guarded> actual = new ArrayList<>();
    List<Guarded> expected = new ArrayList<>();
    for (Kernels kernels : List.of(candidate, reference)) {
      List<Guarded> results = kernels == candidate ? actual : expected;
      results.add(Guarded.unset(outputShape));
      shape
          .channels()
          .forEach(channels -> results.add(Guarded.unset(shape.rows(), 1, 1, channels)));
      try (ConcatenationKernel kernel = kernels.concatenation(shape)) {
        kernel.forward(inputs, results.get(0).array());
        kernel.backward(
            outputGradient, results.stream().skip(1).map(Guarded::array).toArray(INDArray[]::new));
      }
    }
    for (int i = 0; i < expected.size(); i++) {
      actual.get(i).assertCloseTo(expected.get(i), 0, candidate.name() + " " + shape + " " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void poolingsAgree(Kernels candidate) {
    for (PoolingShape.Reduction reduction : PoolingShape.Reduction.values()) {
      for (int channels : new int[] {1, 3, 16, 17, 33}) {
        for (int batch : new int[] {1, 7}) {
          assertPoolingAgrees(
              candidate, new PoolingShape(reduction, batch, 8, 6, channels, 2, 2, 2, 2));
          assertPoolingAgrees(
              candidate, new PoolingShape(reduction, batch, 7, 9, channels, 2, 2, 2, 2));
          assertPoolingAgrees(
              candidate, new PoolingShape(reduction, batch, 7, 9, channels, 3, 3, 2, 2));
        }
      }
    }
    for (PoolingShape.Reduction reduction : PoolingShape.Reduction.values()) {
      assertPoolingAgrees(
          candidate, new PoolingShape(reduction, 2, 8, 7, 17, 3, 3, 1, 1, 1, 1, 0, 0));
      assertPoolingAgrees(
          candidate, new PoolingShape(reduction, 2, 8, 7, 3, 3, 2, 2, 1, 1, 0, 0, 0));
      // "Same" of windows at every second of an even number of pixels.
      assertPoolingAgrees(
          candidate, new PoolingShape(reduction, 2, 8, 6, 5, 3, 3, 2, 2, 0, 0, 1, 1));
    }
    assertPoolingAgrees(candidate, PoolingShape.globalAverage(7, 8, 8, 64));
    assertPoolingAgrees(candidate, PoolingShape.globalAverage(2, 5, 3, 17));
  }

  private void assertPoolingAgrees(Kernels candidate, PoolingShape shape) {
    RandomGenerator random = new SplittableRandom(shape.hashCode());
    long[] inputShape = {shape.batch(), shape.inHeight(), shape.inWidth(), shape.channels()};
    long[] outputShape = {shape.batch(), shape.outHeight(), shape.outWidth(), shape.channels()};
    INDArray input = Guarded.normal(random, inputShape).array();
    INDArray outputGradient = Guarded.normal(random, outputShape).array();
    List<Guarded> actual = new ArrayList<>();
    List<Guarded> expected = new ArrayList<>();
    for (Kernels kernels : List.of(candidate, reference)) {
      Guarded output = Guarded.unset(outputShape);
      Guarded inference = Guarded.unset(outputShape);
      Guarded gradient = Guarded.unset(inputShape);
      try (PoolingKernel kernel = kernels.pooling(shape)) {
        kernel.forwardTraining(input, output.array());
        kernel.forwardInference(input, inference.array());
        kernel.backward(input, outputGradient, gradient.array());
      }
      Collections.addAll(kernels == candidate ? actual : expected, output, inference, gradient);
    }
    for (int i = 0; i < expected.size(); i++) {
      actual
          .get(i)
          .assertCloseTo(
              expected.get(i), ROUNDING_TOLERANCE, candidate.name() + " " + shape + " result " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void optimizerStepsAgree(Kernels candidate) {
    // The longest is shared among threads where there are several.
    for (int length : new int[] {1, 2047, 2049, 5000, 400_000}) {
      for (boolean nesterov : new boolean[] {true, false}) {
        NesterovStep step = new NesterovStep(0.1f, 0.9f, 5e-4f, 1f / 128, nesterov);
        RandomGenerator random = new SplittableRandom(length);
        int from = length / 3;
        int to = length - length / 5;
        List<Guarded> parameters = new ArrayList<>();
        List<Guarded> velocities = new ArrayList<>();
        INDArray gradient = Guarded.normal(random, 1, length).array();
        float[] initial = Guarded.normal(random, length).values();
        for (Kernels kernels : List.of(candidate, reference)) {
          Guarded p = Guarded.unset(1, length);
          p.array().assign(Nd4j.createFromArray(initial).reshape(1, length));
          Guarded v = Guarded.unset(1, length);
          v.array().assign(0);
          for (int i = 0; i < 3; i++) {
            kernels.nesterov(p.array(), gradient, v.array(), from, to, step);
          }
          kernels.subtract(p.array(), gradient, 0, from);
          parameters.add(p);
          velocities.add(v);
        }
        String what = candidate.name() + " " + length;
        parameters
            .get(0)
            .assertCloseTo(parameters.get(1), ROUNDING_TOLERANCE, what + " parameters");
        velocities.get(0).assertCloseTo(velocities.get(1), ROUNDING_TOLERANCE, what + " velocity");
        for (int i = to; i < length; i++) {
          assertThat(parameters.get(0).values()[i])
              .as("parameter outside of the range")
              .isEqualTo(initial[i]);
          break;
        }
      }
    }
  }

  /**
   * What torch.optim.SGD (PyTorch 1.13, float64; momentum .9, nesterov, weight_decay .01) makes of
   * these gradients and rates.
   */
  @ParameterizedTest
  @MethodSource("candidates")
  void nesterovIsPyTorchsAtChangingRates(Kernels candidate) {
    float[] rates = {.1f, .05f, .2f, .01f, .1f};
    float[][] gradients = {{.5f, -1}, {-.2f, .3f}, {.3f, .7f}, {.1f, -.4f}, {-.6f, .2f}};
    float[][] expected = {
      {.9031f, -1.8062f},
      {.900587055f, -1.79167411f},
      {.739743802f, -1.947823704f},
      {.733246357f, -1.940741600f},
      {.797041955f, -1.949068296f}
    };
    INDArray w = Nd4j.createFromArray(1f, -2f).reshape(1, 2);
    INDArray v = Nd4j.zeros(1, 2);
    for (int t = 0; t < rates.length; t++) {
      NesterovStep step = new NesterovStep(rates[t], .9f, .01f, 1, true);
      candidate.nesterov(w, Nd4j.createFromArray(gradients[t]).reshape(1, 2), v, 0, 2, step);
      assertThat(w.dup().data().asFloat()).containsExactly(expected[t], within(FIVE_STEPS));
    }
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void normsAndScalesOfUnitsAgree(Kernels candidate) {
    // Units shorter and longer than the pieces that are read at a time.
    for (int length : new int[] {1, 7, 2048, 5000}) {
      RandomGenerator random = new SplittableRandom(length);
      INDArray vector = Guarded.normal(random, 1, 3 + 4 * length + 2).array();
      INDArray other = vector.dup();
      int to = 3 + 4 * length;
      double[] expected = reference.unitNorms(vector, 3, to, 4);
      double[] actual = candidate.unitNorms(other, 3, to, 4);
      for (int unit = 0; unit < 4; unit++) {
        assertThat(actual[unit]).isCloseTo(expected[unit], within(NORM * expected[unit]));
      }
      INDArray slope = Guarded.normal(random, 1, 3 + 4 * length + 2).array();
      double[] dots = reference.unitDots(vector, slope, 3, to, 4);
      double[] lengths = reference.unitNorms(slope, 3, to, 4);
      double[] products = candidate.unitDots(other, slope, 3, to, 4);
      for (int unit = 0; unit < 4; unit++) {
        assertThat(products[unit])
            .isCloseTo(dots[unit], within(NORM * expected[unit] * lengths[unit]));
      }
      reference.scaleUnits(vector, 3, to, new float[] {2, 1, 0, .3f});
      candidate.scaleUnits(other, 3, to, new float[] {2, 1, 0, .3f});
      assertThat(other.dup().data().asFloat()).isEqualTo(vector.dup().data().asFloat());
    }
    assertThatThrownBy(() -> candidate.unitNorms(Guarded.unset(1, 7).array(), 0, 7, 2))
        .hasMessage("Invalid number of units: 2 (must divide the 7 elements)");
  }

  @ParameterizedTest
  @MethodSource("candidates")
  void statisticsGradientsAgree(Kernels candidate) {
    RandomGenerator random = new SplittableRandom(5);
    INDArray running = Guarded.normal(random, 17).array();
    INDArray batch = Guarded.normal(random, 17).array();
    Guarded actual = Guarded.unset(17);
    Guarded expected = Guarded.unset(17);
    candidate.statisticsGradient(running, batch, 0.1, actual.array());
    reference.statisticsGradient(running, batch, 0.1, expected.array());
    actual.assertCloseTo(expected, ROUNDING_TOLERANCE, candidate.name());
  }
}
