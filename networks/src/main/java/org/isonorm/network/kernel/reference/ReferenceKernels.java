package org.isonorm.network.kernel.reference;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.AdamWStep;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.Checks;
import org.isonorm.network.kernel.ClassifierKernel;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.NesterovStep;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Plain Java loops straight from the definitions: values are kept as float, sums as double. Slow,
 * runs anywhere; the oracle the other kernels are tested against.
 */
@SuppressWarnings("try") // A workspace is left by being open, not by being used.
public final class ReferenceKernels implements Kernels {

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    return new Convolution(shape);
  }

  @Override
  public InferenceConvolutionKernel inferenceConvolution(ConvolutionShape shape, boolean relu) {
    Convolution convolution = new Convolution(shape);
    return (input, weights, bias, output) -> {
      convolution.forward(input, weights, bias, output);
      if (relu) {
        float[] y = read(output);
        for (int i = 0; i < y.length; i++) {
          y[i] = Math.max(0, y[i]);
        }
        write(y, output);
      }
    };
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    return new BatchNormalization(shape);
  }

  @Override
  public AddReluKernel addRelu(long length) {
    Checks.positive("length", length);
    return new AddRelu();
  }

  @Override
  public AddKernel add(long length) {
    Checks.positive("length", length);
    return ReferenceKernels::sum;
  }

  @Override
  public ActivationKernel activation(ActivationShape shape) {
    return new ReferenceActivation(shape);
  }

  @Override
  public ScalarAffineKernel scalarAffine(long length, boolean multiplied) {
    Checks.positive("length", length);
    return new ScalarAffine();
  }

  @Override
  public PoolingKernel pooling(PoolingShape shape) {
    return new Pooling(shape);
  }

  @Override
  public ConcatenationKernel concatenation(ConcatenationShape shape) {
    return new Concatenation(shape);
  }

  @Override
  public SubsampleKernel subsample(SubsampleShape shape) {
    return new Subsample(shape);
  }

  @Override
  public ClassifierKernel classifier() {
    return new ReferenceClassifier();
  }

  @Override
  public void nesterov(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      long from,
      long to,
      NesterovStep step) {
    Checks.range(from, to, parameters.length());
    float[] w = read(parameters);
    float[] g = read(gradient);
    float[] v = read(velocity);
    for (int i = (int) from; i < to; i++) {
      double decayed = (double) step.gradientScale() * g[i] + (double) step.weightDecay() * w[i];
      double momentum = (double) step.momentum() * v[i] + decayed;
      double direction = step.nesterov() ? decayed + step.momentum() * momentum : momentum;
      v[i] = (float) momentum;
      w[i] = (float) (w[i] - step.learningRate() * direction);
    }
    write(w, parameters);
    write(v, velocity);
  }

  @Override
  public void adamW(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      INDArray secondMoments,
      long from,
      long to,
      AdamWStep step) {
    Checks.range(from, to, parameters.length());
    float[] w = read(parameters);
    float[] g = read(gradient);
    float[] m = read(velocity);
    float[] v = read(secondMoments);
    for (int i = (int) from; i < to; i++) {
      double slope = step.gradientScale() * g[i];
      double first = step.beta1() * m[i] + (1 - step.beta1()) * slope;
      double second = step.beta2() * v[i] + (1 - step.beta2()) * slope * slope;
      double root = Math.sqrt(second) * step.rootScale() + step.epsilon();
      m[i] = (float) first;
      v[i] = (float) second;
      w[i] = (float) (step.kept() * w[i] - step.rate() * first / root);
    }
    write(w, parameters);
    write(m, velocity);
    write(v, secondMoments);
  }

  @Override
  public void subtract(INDArray parameters, INDArray gradient, long from, long to) {
    Checks.range(from, to, parameters.length());
    float[] p = read(parameters);
    float[] g = read(gradient);
    for (int i = (int) from; i < to; i++) {
      p[i] -= g[i];
    }
    write(p, parameters);
  }

  @Override
  public double[] unitNorms(INDArray vector, long from, long to, int units) {
    int length = Checks.unitLength(from, to, vector.length(), units);
    float[] values = read(vector);
    double[] norms = new double[units];
    for (int i = (int) from; i < to; i++) {
      norms[(i - (int) from) / length] += (double) values[i] * values[i];
    }
    return Arrays.stream(norms).map(Math::sqrt).toArray();
  }

  @Override
  public double[] unitDots(INDArray a, INDArray b, long from, long to, int units) {
    int length = Checks.unitLength(from, to, a.length(), units);
    float[] first = read(a);
    float[] second = read(b);
    double[] dots = new double[units];
    for (int i = (int) from; i < to; i++) {
      dots[(i - (int) from) / length] += (double) first[i] * second[i];
    }
    return dots;
  }

  @Override
  public void scaleUnits(INDArray vector, long from, long to, float[] factors) {
    int length = Checks.unitLength(from, to, vector.length(), factors.length);
    float[] values = read(vector);
    for (int i = (int) from; i < to; i++) {
      values[i] *= factors[(i - (int) from) / length];
    }
    write(values, vector);
  }

  @Override
  public void statisticsGradient(INDArray running, INDArray batch, double rate, INDArray gradient) {
    float[] r = read(running);
    float[] b = read(batch);
    float[] g = new float[r.length];
    for (int i = 0; i < g.length; i++) {
      g[i] = (float) (((double) r[i] - b[i]) * rate);
    }
    write(g, gradient);
  }

  /** The elements in C order, copied. */
  static float[] read(INDArray array) {
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      return array.dup('c').reshape(array.length()).toFloatVector();
    }
  }

  static void write(float[] values, INDArray array) {
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      array.assign(Nd4j.createFromArray(values).reshape('c', array.shape()));
    }
  }

  private record Convolution(ConvolutionShape shape) implements ConvolutionKernel {

    /**
     * What to do with one product of the sum that a convolution is, given where its three factors
     * lie.
     */
    private interface Tap {
      void at(int input, int weight, int output);
    }

    @Override
    public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
      float[] x = read(input);
      float[] w = read(weights);
      double[] y = new double[(int) shape.outputLength()];
      if (shape.bias()) {
        float[] b = read(bias);
        for (int i = 0; i < y.length; i++) {
          y[i] = b[i % shape.out()];
        }
      }
      forEachTap((i, k, o) -> y[o] += (double) x[i] * w[k]);
      write(rounded(y), output);
    }

    @Override
    public void backward(
        INDArray input,
        INDArray weights,
        INDArray outputGradient,
        INDArray inputGradient,
        INDArray weightsGradient,
        INDArray biasGradient) {
      float[] x = read(input);
      float[] w = read(weights);
      float[] dy = read(outputGradient);
      double[] dx = new double[x.length];
      double[] dw = new double[w.length];
      forEachTap(
          (i, k, o) -> {
            dx[i] += (double) dy[o] * w[k];
            dw[k] += (double) dy[o] * x[i];
          });
      if (inputGradient != null) {
        write(rounded(dx), inputGradient);
      }
      if (weightsGradient != null) {
        write(rounded(dw), weightsGradient);
      }
      if (biasGradient != null) {
        double[] db = new double[shape.out()];
        for (int i = 0; i < dy.length; i++) {
          db[i % shape.out()] += dy[i];
        }
        write(rounded(db), biasGradient);
      }
    }

    private void forEachTap(Tap tap) {
      int inPerGroup = shape.in() / shape.groups();
      int outPerGroup = shape.out() / shape.groups();
      for (int n = 0; n < shape.batch(); n++) {
        for (int oh = 0; oh < shape.outHeight(); oh++) {
          for (int ow = 0; ow < shape.outWidth(); ow++) {
            for (int o = 0; o < shape.out(); o++) {
              int output = ((n * shape.outHeight() + oh) * shape.outWidth() + ow) * shape.out() + o;
              for (int kh = 0; kh < shape.kernelHeight(); kh++) {
                int ih =
                    oh * shape.strideHeight() - shape.paddingHeight() + kh * shape.dilationHeight();
                if (ih < 0 || ih >= shape.inHeight()) {
                  continue;
                }
                for (int kw = 0; kw < shape.kernelWidth(); kw++) {
                  int iw =
                      ow * shape.strideWidth() - shape.paddingWidth() + kw * shape.dilationWidth();
                  if (iw < 0 || iw >= shape.inWidth()) {
                    continue;
                  }
                  for (int c = 0; c < inPerGroup; c++) {
                    int channel = o / outPerGroup * inPerGroup + c;
                    int input =
                        ((n * shape.inHeight() + ih) * shape.inWidth() + iw) * shape.in() + channel;
                    int weight =
                        ((o * inPerGroup + c) * shape.kernelHeight() + kh) * shape.kernelWidth()
                            + kw;
                    tap.at(input, weight, output);
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  static float[] rounded(double[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (float) values[i];
    }
    return result;
  }

  private static final class BatchNormalization implements BatchNormalizationKernel {

    private final BatchNormalizationShape shape;
    private boolean[] passed;

    BatchNormalization(BatchNormalizationShape shape) {
      this.shape = shape;
    }

    @Override
    public void forwardTraining(
        INDArray input,
        INDArray scale,
        INDArray shift,
        INDArray output,
        INDArray mean,
        INDArray variance) {
      float[] x = read(input);
      int channels = shape.channels();
      double[] average = new double[channels];
      for (int i = 0; i < x.length; i++) {
        average[i % channels] += x[i] / (double) shape.rows();
      }
      double[] spread = new double[channels];
      for (int i = 0; i < x.length; i++) {
        double deviation = x[i] - average[i % channels];
        spread[i % channels] += deviation * deviation / shape.rows();
      }
      write(rounded(average), mean);
      write(rounded(spread), variance);
      float[] y = normalized(x, read(scale), read(shift), rounded(average), rounded(spread));
      passed = new boolean[y.length];
      for (int i = 0; i < y.length; i++) {
        passed[i] = !shape.relu() || y[i] > 0;
      }
      write(y, output);
    }

    @Override
    public void forwardInference(
        INDArray input,
        INDArray scale,
        INDArray shift,
        INDArray mean,
        INDArray variance,
        INDArray output) {
      write(normalized(read(input), read(scale), read(shift), read(mean), read(variance)), output);
    }

    private float[] normalized(
        float[] x, float[] scale, float[] shift, float[] mean, float[] variance) {
      float[] y = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        int c = i % shape.channels();
        double value =
            scale[c] * ((double) x[i] - mean[c]) / Math.sqrt(variance[c] + shape.epsilon())
                + shift[c];
        y[i] = (float) (shape.relu() ? Math.max(0, value) : value);
      }
      return y;
    }

    @Override
    public void backward(
        INDArray input,
        INDArray outputGradient,
        INDArray scale,
        INDArray mean,
        INDArray variance,
        INDArray inputGradient,
        INDArray scaleGradient,
        INDArray shiftGradient) {
      if (passed == null) {
        throw new IllegalStateException(
            "Cannot run backward: no training forward pass came before it");
      }
      float[] x = read(input);
      float[] dy = read(outputGradient);
      float[] s = read(scale);
      float[] m = read(mean);
      float[] v = read(variance);
      int channels = shape.channels();
      double[] normalized = new double[x.length];
      double[] dScale = new double[channels];
      double[] dShift = new double[channels];
      for (int i = 0; i < x.length; i++) {
        int c = i % channels;
        normalized[i] = ((double) x[i] - m[c]) / Math.sqrt(v[c] + shape.epsilon());
        if (passed[i]) {
          dScale[c] += dy[i] * normalized[i];
          dShift[c] += dy[i];
        }
      }
      float[] dx = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        int c = i % channels;
        double through = passed[i] ? dy[i] : 0;
        double centred = through - (dShift[c] + normalized[i] * dScale[c]) / shape.rows();
        dx[i] = (float) (s[c] * centred / Math.sqrt(v[c] + shape.epsilon()));
      }
      write(dx, inputGradient);
      write(rounded(dScale), scaleGradient);
      write(rounded(dShift), shiftGradient);
    }
  }

  private static final class AddRelu implements AddReluKernel {

    @Override
    public void forward(INDArray a, INDArray b, INDArray output) {
      float[] first = read(a);
      float[] second = read(b);
      float[] y = new float[first.length];
      for (int i = 0; i < y.length; i++) {
        y[i] = Math.max(0, first[i] + second[i]);
      }
      write(y, output);
    }

    @Override
    public void backward(INDArray output, INDArray outputGradient, INDArray inputGradient) {
      float[] y = read(output);
      float[] dy = read(outputGradient);
      float[] dx = new float[y.length];
      for (int i = 0; i < dx.length; i++) {
        dx[i] = y[i] > 0 ? dy[i] : 0;
      }
      write(dx, inputGradient);
    }
  }

  private static final class ScalarAffine implements ScalarAffineKernel {

    @Override
    public void forward(INDArray input, INDArray multiplier, INDArray bias, INDArray output) {
      float[] x = read(input);
      double factor = multiplier == null ? 1 : multiplier.getDouble(0);
      double addend = bias.getDouble(0);
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) (factor * x[i] + addend);
      }
      write(x, output);
    }

    @Override
    public void backward(
        INDArray input,
        INDArray multiplier,
        INDArray outputGradient,
        INDArray inputGradient,
        INDArray multiplierGradient,
        INDArray biasGradient) {
      float[] x = read(input);
      float[] dy = read(outputGradient);
      double sum = 0;
      double dot = 0;
      for (int i = 0; i < dy.length; i++) {
        sum += dy[i];
        dot += (double) dy[i] * x[i];
      }
      biasGradient.putScalar(0, sum);
      if (multiplier != null) {
        multiplierGradient.putScalar(0, dot);
        float factor = multiplier.getFloat(0);
        for (int i = 0; i < dy.length; i++) {
          dy[i] *= factor;
        }
        write(dy, inputGradient);
      }
    }
  }

  private record Pooling(PoolingShape shape) implements PoolingKernel {

    /** What to do with the elements of one window, given where they and the output lie. */
    private interface Window {
      void of(int[] inputs, int output);
    }

    @Override
    public void forwardTraining(INDArray input, INDArray output) {
      forwardInference(input, output);
    }

    @Override
    public void forwardInference(INDArray input, INDArray output) {
      float[] x = read(input);
      float[] y = new float[(int) shape.outputLength()];
      forEachWindow(
          (inputs, o) ->
              y[o] =
                  switch (shape.reduction()) {
                    case MAX -> x[largest(x, inputs)];
                    case AVERAGE -> (float) average(x, inputs);
                  });
      write(y, output);
    }

    @Override
    public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
      float[] x = read(input);
      float[] dy = read(outputGradient);
      double[] dx = new double[x.length];
      forEachWindow(
          (inputs, o) -> {
            switch (shape.reduction()) {
              case MAX -> dx[largest(x, inputs)] += dy[o];
              case AVERAGE -> {
                for (int i : inputs) {
                  dx[i] += (double) dy[o] / inputs.length;
                }
              }
            }
          });
      write(rounded(dx), inputGradient);
    }

    /** The first of the largest. */
    private static int largest(float[] values, int[] indices) {
      int best = indices[0];
      for (int i : indices) {
        if (values[i] > values[best]) {
          best = i;
        }
      }
      return best;
    }

    private static double average(float[] values, int[] indices) {
      double sum = 0;
      for (int i : indices) {
        sum += values[i];
      }
      return sum / indices.length;
    }

    private void forEachWindow(Window window) {
      int output = 0;
      for (int n = 0; n < shape.batch(); n++) {
        for (int oh = 0; oh < shape.outHeight(); oh++) {
          for (int ow = 0; ow < shape.outWidth(); ow++) {
            for (int c = 0; c < shape.channels(); c++) {
              IntStream.Builder inputs = IntStream.builder();
              for (int kh = 0; kh < shape.windowHeight(); kh++) {
                for (int kw = 0; kw < shape.windowWidth(); kw++) {
                  int ih = oh * shape.strideHeight() - shape.paddingHeight() + kh;
                  int iw = ow * shape.strideWidth() - shape.paddingWidth() + kw;
                  if (ih >= 0 && ih < shape.inHeight() && iw >= 0 && iw < shape.inWidth()) {
                    inputs.add(
                        ((n * shape.inHeight() + ih) * shape.inWidth() + iw) * shape.channels()
                            + c);
                  }
                }
              }
              window.of(inputs.build().toArray(), output++);
            }
          }
        }
      }
    }
  }

  private static void sum(INDArray a, INDArray b, INDArray output) {
    float[] first = read(a);
    float[] second = read(b);
    float[] y = new float[first.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = first[i] + second[i];
    }
    write(y, output);
  }

  private record Concatenation(ConcatenationShape shape) implements ConcatenationKernel {

    @Override
    public void forward(INDArray[] inputs, INDArray output) {
      float[] y = new float[(int) shape.outputLength()];
      int first = 0;
      for (int i = 0; i < inputs.length; i++) {
        float[] x = read(inputs[i]);
        for (int k = 0; k < x.length; k++) {
          y[place(i, first, k)] = x[k];
        }
        first += shape.channels().get(i);
      }
      write(y, output);
    }

    @Override
    public void backward(INDArray outputGradient, INDArray[] inputGradients) {
      float[] dy = read(outputGradient);
      int first = 0;
      for (int i = 0; i < inputGradients.length; i++) {
        float[] dx = new float[(int) shape.inputLength(i)];
        for (int k = 0; k < dx.length; k++) {
          dx[k] = dy[place(i, first, k)];
        }
        write(dx, inputGradients[i]);
        first += shape.channels().get(i);
      }
    }

    /** Where the k-th element of an input, whose first channel is given, lies in the output. */
    private int place(int input, int first, int k) {
      int channels = shape.channels().get(input);
      return k / channels * shape.outputChannels() + first + k % channels;
    }
  }

  private record Subsample(SubsampleShape shape) implements SubsampleKernel {

    /** What to do with one element that is kept, given where it lies on either side. */
    private interface Kept {
      void at(int input, int output);
    }

    @Override
    public void forward(INDArray input, INDArray output) {
      float[] x = read(input);
      float[] y = new float[(int) shape.outputLength()];
      forEachKept((i, o) -> y[o] = x[i]);
      write(y, output);
    }

    @Override
    public void backward(INDArray outputGradient, INDArray inputGradient) {
      float[] dy = read(outputGradient);
      float[] dx = new float[(int) shape.inputLength()];
      forEachKept((i, o) -> dx[i] = dy[o]);
      write(dx, inputGradient);
    }

    private void forEachKept(Kept kept) {
      int stride = shape.stride();
      for (int n = 0; n < shape.batch(); n++) {
        for (int row = 0; row < shape.outHeight(); row++) {
          for (int column = 0; column < shape.outWidth(); column++) {
            int from =
                ((n * shape.inHeight() + row * stride) * shape.inWidth() + column * stride)
                    * shape.in();
            int to = ((n * shape.outHeight() + row) * shape.outWidth() + column) * shape.out();
            for (int channel = 0; channel < shape.in(); channel++) {
              kept.at(from + channel, to + channel);
            }
          }
        }
      }
    }
  }
}
