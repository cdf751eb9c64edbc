package org.isonorm.network.export;

import static org.isonorm.network.export.OnnxGraphBuilder.attribute;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto.DataType;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.init.Activation;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.AddRelu;
import org.isonorm.network.layer.Concatenate;
import org.isonorm.network.layer.FastActivation;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastDropout;
import org.isonorm.network.layer.FastGlobalAveragePooling;
import org.isonorm.network.layer.FastPooling;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.layer.SubsamplePad;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A trained network as an ONNX model: from images to logits, by the running statistics of batch
 * normalization, of any number of images at a time.
 */
public final class OnnxExport {
  /** The version of ONNX's operators: read by ONNX Runtime 1.12 (2022) and later. */
  public static final int OPSET = 17;

  /** The one output: what the softmax makes probabilities of, [N, classes]. */
  public static final String LOGITS = "logits";

  private static final int IR_VERSION = 8;
  private static final String IMAGES = "images";
  private static final int LEVELS = 255;

  private final ComputationGraph graph;
  private final boolean folded;
  private final OnnxGraphBuilder onnx;

  /** What every vertex puts out. */
  private final Map<String, InputType> sizes;

  /** What stands for the output of every vertex, and its channels. */
  private final Map<Integer, Value> values = new HashMap<>();

  /** Normalizations that the convolution before them has taken over. */
  private final Set<String> taken = new HashSet<>();

  private record Value(String name, long channels) {}

  /** What a model reads. */
  public sealed interface Input {
    /**
     * Images as files have them: uint8 [N, height, width, channels], normalized by the model.
     *
     * @param mean of every channel, of values in [0, 1]
     * @param std its standard deviation
     */
    record Pixels(List<Double> mean, List<Double> std) implements Input {}

    /** Normalized images: float32 [N, channels, height, width]. */
    record Normalized() implements Input {}
  }

  /**
   * Sizes of the images.
   *
   * @param height pixels
   * @param width pixels
   * @param channels such as 3
   */
  public record Size(int height, int width, int channels) {}

  private OnnxExport(ComputationGraph graph, Size size, boolean folded, String name) {
    this.graph = graph;
    InputType images =
        InputType.convolutional(size.height(), size.width(), size.channels(), CNN2DFormat.NHWC);
    this.sizes = graph.getConfiguration().clone().getLayerActivationTypes(images);
    this.folded = folded;
    this.onnx = new OnnxGraphBuilder(name, Set.of(IMAGES, LOGITS));
  }

  /**
   * Writes a network.
   *
   * @param name the graph's
   * @param graph one of {@link org.isonorm.network.definition.Networks#build}
   * @param folded whether batch normalization becomes part of the convolution before it, where
   *     nobody else reads the convolution
   * @param metadata words about the model
   * @param out stays open
   * @throws UnsupportedOperationException if a layer has no form in ONNX; names it
   */
  public static void write(
      String name,
      ComputationGraph graph,
      Size size,
      Input input,
      boolean folded,
      Map<String, String> metadata,
      String version,
      OutputStream out)
      throws IOException {
    OnnxExport export = new OnnxExport(graph, size, folded, name);
    export.addNodes(size, input);
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("isonorm")
            .setProducerVersion(version)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
            .setGraph(export.onnx.build());
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    model.build().writeTo(out);
  }

  private void addNodes(Size size, Input input) {
    String images = images(size, input);
    for (int index : graph.topologicalSortOrder()) {
      GraphVertex vertex = graph.getVertices()[index];
      if (vertex.isInputVertex()) {
        values.put(index, new Value(images, size.channels()));
      } else {
        List<Value> inputs = new ArrayList<>();
        for (VertexIndices source : vertex.getInputVertices()) {
          inputs.add(values.get(source.getVertexIndex()));
        }
        values.put(index, output(vertex, inputs));
      }
    }
  }

  /** The images as the first layer reads them: normalized, channels before pixels. */
  private String images(Size size, Input input) {
    if (!(input instanceof Input.Pixels pixels)) {
      return onnx.input(IMAGES, DataType.FLOAT, size.channels(), size.height(), size.width());
    }
    String bytes = onnx.input(IMAGES, DataType.UINT8, size.height(), size.width(), size.channels());
    String levels =
        onnx.node("Cast", "levels", List.of(bytes), attribute("to", DataType.FLOAT.getNumber()));
    String centred = onnx.node("Sub", "centred", List.of(levels, channels("mean", pixels.mean())));
    String normalized =
        onnx.node("Div", "normalized", List.of(centred, channels("std", pixels.std())));
    return onnx.node(
        "Transpose",
        "channels-first",
        List.of(normalized),
        attribute("perm", new long[] {0, 3, 1, 2}));
  }

  private String channels(String name, List<Double> shares) {
    float[] levels = new float[shares.size()];
    for (int channel = 0; channel < levels.length; channel++) {
      levels[channel] = (float) (shares.get(channel) * LEVELS);
    }
    return onnx.constant(new NamedTensor(name, new long[] {levels.length}, levels));
  }

  private Value output(GraphVertex vertex, List<Value> inputs) {
    String name = vertex.getVertexName();
    Value input = inputs.get(0);
    if (vertex.hasLayer()) {
      Layer layer = vertex.getLayer();
      Object conf = layer.conf().getLayer();
      if (conf instanceof FastConvolution convolution) {
        return convolution(vertex, layer, convolution, input);
      }
      if (conf instanceof FastBatchNormalization normalization) {
        return taken.contains(name)
            ? activated(name, normalization.isRelu(), input)
            : batchNormalization(name, layer, normalization, input);
      }
      if (conf instanceof FastActivation activation) {
        Activation function = Activation.named(activation.getFunction());
        return new Value(OnnxActivation.add(onnx, name, function, input.name()), input.channels());
      }
      if (conf instanceof FastDropout) {
        return input;
      }
      if (conf instanceof ScalarAffine) {
        return scalarAffine(name, layer, input);
      }
      if (conf instanceof FastPooling pooling) {
        return pooling(name, pooling, input);
      }
      if (conf instanceof FastGlobalAveragePooling) {
        return new Value(
            onnx.node("GlobalAveragePool", name, List.of(input.name())), input.channels());
      }
      if (conf instanceof BaseOutputLayer) {
        return classifier(name, layer, input);
      }
    } else {
      Object conf = graph.getConfiguration().getVertices().get(name);
      if (conf instanceof AddRelu) {
        String sum = onnx.node("Add", name + "/sum", names(inputs));
        return new Value(onnx.node("Relu", name, List.of(sum)), input.channels());
      }
      if (conf instanceof Add) {
        return new Value(onnx.node("Add", name, names(inputs)), input.channels());
      }
      if (conf instanceof Concatenate) {
        return new Value(
            onnx.node("Concat", name, names(inputs), attribute("axis", 1)),
            inputs.stream().mapToLong(Value::channels).sum());
      }
      if (conf instanceof SubsamplePad pad) {
        return subsample(name, pad, input);
      }
    }
    throw new UnsupportedOperationException(
        String.format(Locale.ROOT, "Unsupported layer: %s (%s has no form in ONNX)", name, vertex));
  }

  private static List<String> names(List<Value> values) {
    return values.stream().map(Value::name).toList();
  }

  private Value convolution(GraphVertex vertex, Layer layer, FastConvolution conf, Value input) {
    String name = vertex.getVertexName();
    INDArray weights = layer.getParam(DefaultParamInitializer.WEIGHT_KEY);
    NamedTensor filters = NamedTensor.of(name + ".weight", weights, weights.shape());
    float[] bias =
        conf.hasBias()
            ? values(layer, DefaultParamInitializer.BIAS_KEY)
            : new float[Math.toIntExact(conf.getNOut())];
    boolean biased = conf.hasBias();
    GraphVertex next = folded ? onlyReader(vertex) : vertex;
    if (next.hasLayer()
        && next.getLayer().conf().getLayer() instanceof FastBatchNormalization normalization) {
      fold(filters.values(), bias, next.getLayer(), normalization.getEps());
      taken.add(next.getVertexName());
      biased = true;
    }
    List<String> inputs = new ArrayList<>(List.of(input.name(), onnx.constant(filters)));
    if (biased) {
      inputs.add(onnx.constant(new NamedTensor(name + ".bias", new long[] {bias.length}, bias)));
    }
    InputTypeConvolutional image = image(name);
    ConvolutionShape shape =
        conf.shape(1, image.getHeight(), image.getWidth(), image.getChannels());
    String output =
        onnx.node(
            "Conv",
            name,
            inputs,
            attribute(
                "kernel_shape", new long[] {conf.getKernelSize()[0], conf.getKernelSize()[1]}),
            attribute("strides", new long[] {conf.getStride()[0], conf.getStride()[1]}),
            padding(
                shape.paddingHeight(),
                shape.paddingWidth(),
                shape.extraHeight(),
                shape.extraWidth()),
            attribute("dilations", new long[] {conf.getDilation()[0], conf.getDilation()[1]}),
            attribute("group", conf.getGroups()));
    return new Value(output, conf.getNOut());
  }

  /** The vertex that alone reads another; the other itself where there is none. */
  private GraphVertex onlyReader(GraphVertex vertex) {
    VertexIndices[] readers = vertex.getOutputVertices();
    return readers != null && readers.length == 1
        ? graph.getVertices()[readers[0].getVertexIndex()]
        : vertex;
  }

  /**
   * Weights w become s · w and biases b become s · b + shift − s · mean, s = scale / √(variance +
   * ε).
   */
  private static void fold(float[] weights, float[] bias, Layer layer, double epsilon) {
    float[] scale = values(layer, BatchNormalizationParamInitializer.GAMMA);
    float[] shift = values(layer, BatchNormalizationParamInitializer.BETA);
    float[] mean = values(layer, BatchNormalizationParamInitializer.GLOBAL_MEAN);
    float[] variance = values(layer, BatchNormalizationParamInitializer.GLOBAL_VAR);
    int taps = weights.length / bias.length;
    for (int out = 0; out < bias.length; out++) {
      double factor = scale[out] / Math.sqrt(variance[out] + epsilon);
      bias[out] = (float) (factor * ((double) bias[out] - mean[out]) + shift[out]);
      for (int i = out * taps; i < (out + 1) * taps; i++) {
        weights[i] = (float) (factor * weights[i]);
      }
    }
  }

  private Value batchNormalization(
      String name, Layer layer, FastBatchNormalization conf, Value input) {
    List<String> inputs =
        List.of(
            input.name(),
            parameter(name + ".weight", layer, BatchNormalizationParamInitializer.GAMMA),
            parameter(name + ".bias", layer, BatchNormalizationParamInitializer.BETA),
            parameter(
                name + ".running_mean", layer, BatchNormalizationParamInitializer.GLOBAL_MEAN),
            parameter(name + ".running_var", layer, BatchNormalizationParamInitializer.GLOBAL_VAR));
    String normalized =
        onnx.node(
            "BatchNormalization",
            conf.isRelu() ? name + "/normalized" : name,
            inputs,
            attribute("epsilon", conf.getEps()));
    return activated(name, conf.isRelu(), new Value(normalized, input.channels()));
  }

  private Value activated(String name, boolean relu, Value input) {
    return relu
        ? new Value(onnx.node("Relu", name, List.of(input.name())), input.channels())
        : input;
  }

  private Value scalarAffine(String name, Layer layer, Value input) {
    INDArray multiplier = layer.getParam(ScalarAffine.MULTIPLIER);
    INDArray bias = layer.getParam(DefaultParamInitializer.BIAS_KEY);
    String scaled =
        multiplier == null
            ? input.name()
            : onnx.node(
                "Mul",
                name + "/scaled",
                List.of(input.name(), onnx.scalar(name + ".scale", multiplier.getDouble(0))));
    return new Value(
        onnx.node("Add", name, List.of(scaled, onnx.scalar(name + ".bias", bias.getDouble(0)))),
        input.channels());
  }

  private Value pooling(String name, FastPooling conf, Value input) {
    InputTypeConvolutional image = image(name);
    PoolingShape shape = conf.shape(1, image.getHeight(), image.getWidth(), image.getChannels());
    return new Value(
        onnx.node(
            conf.getPoolingType() == PoolingType.MAX ? "MaxPool" : "AveragePool",
            name,
            List.of(input.name()),
            attribute(
                "kernel_shape", new long[] {conf.getKernelSize()[0], conf.getKernelSize()[1]}),
            attribute("strides", new long[] {conf.getStride()[0], conf.getStride()[1]}),
            padding(
                shape.paddingHeight(),
                shape.paddingWidth(),
                shape.extraHeight(),
                shape.extraWidth())),
        input.channels());
  }

  /** The image that a vertex reads first. */
  private InputTypeConvolutional image(String vertex) {
    String source = graph.getConfiguration().getVertexInputs().get(vertex).get(0);
    return (InputTypeConvolutional) sizes.get(source);
  }

  /** Zeros beside the image, or what counts as nothing in a pooling. */
  private static AttributeProto padding(int above, int left, int moreBelow, int moreOnTheRight) {
    return attribute(
        "pads", new long[] {above, left, (long) above + moreBelow, (long) left + moreOnTheRight});
  }

  /** Every {@code stride}-th pixel, and channels of zeros after those that are there. */
  private Value subsample(String name, SubsamplePad pad, Value input) {
    String kept =
        pad.stride() == 1
            ? input.name()
            : onnx.node(
                "Slice",
                name + "/kept",
                List.of(
                    input.name(),
                    onnx.constant(name + "/from", 0, 0),
                    onnx.constant(name + "/to", Long.MAX_VALUE, Long.MAX_VALUE),
                    onnx.constant(name + "/axes", 2, 3),
                    onnx.constant(name + "/steps", pad.stride(), pad.stride())));
    String padding =
        onnx.constant(name + "/padding", 0, 0, 0, 0, 0, pad.channels() - input.channels(), 0, 0);
    return new Value(onnx.node("Pad", name, List.of(kept, padding)), pad.channels());
  }

  private Value classifier(String name, Layer layer, Value input) {
    String features = onnx.node("Flatten", name + "/features", List.of(input.name()));
    NamedTensor weights = Classifier.of(graph, name).named(name + ".weight");
    List<String> inputs = new ArrayList<>(List.of(features, onnx.constant(weights)));
    if (layer.getParam(DefaultParamInitializer.BIAS_KEY) != null) {
      inputs.add(parameter(name + ".bias", layer, DefaultParamInitializer.BIAS_KEY));
    }
    long classes = weights.shape()[0];
    onnx.output("Gemm", LOGITS, classes, inputs, attribute("transB", 1));
    return new Value(LOGITS, classes);
  }

  /** Adds a vector of a layer. */
  private String parameter(String name, Layer layer, String key) {
    return onnx.constant(StoredTensor.Plain.vector(layer.getParam(key)).named(name));
  }

  private static float[] values(Layer layer, String key) {
    return layer.getParam(key).dup('c').data().asFloat();
  }
}
