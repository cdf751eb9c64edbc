package org.isonorm.network.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.AttributeProto.AttributeType;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/**
 * Nodes and constants of an ONNX graph. Every node has one output, which bears its name. A name
 * that is taken gets a number, since people's layers may be called as anything: {@code mean},
 * {@code mean-2}.
 */
final class OnnxGraphBuilder {
  /** The first axis of every input and output: any number of images. */
  private static final String BATCH = "N";

  private final GraphProto.Builder graph = GraphProto.newBuilder();

  /** Names that are taken. */
  private final Set<String> names;

  /**
   * A graph.
   *
   * @param reserved names of its inputs and outputs, which nothing else gets
   */
  OnnxGraphBuilder(String name, Set<String> reserved) {
    graph.setName(name);
    names = new HashSet<>(reserved);
  }

  /** The name itself, or with the first number that makes it one of its own. */
  private String free(String name) {
    String free = name;
    for (int number = 2; !names.add(free); number++) {
      free = name + "-" + number;
    }
    return free;
  }

  /** Adds a node and returns its output. */
  String node(String operator, String name, List<String> inputs, AttributeProto... attributes) {
    return addNode(operator, free(name), inputs, attributes);
  }

  /** Adds the node whose output [N, shape] is one of the graph. */
  void output(
      String operator, String name, long shape, List<String> inputs, AttributeProto... attributes) {
    addNode(operator, name, inputs, attributes);
    graph.addOutput(value(name, TensorProto.DataType.FLOAT, shape));
  }

  private String addNode(
      String operator, String name, List<String> inputs, AttributeProto... attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(name)
            .addAllInput(inputs)
            .addOutput(name)
            .addAllAttribute(List.of(attributes)));
    return name;
  }

  /** Adds a constant and returns its name. */
  String constant(NamedTensor tensor) {
    return constant(tensor.name(), TensorProto.DataType.FLOAT, tensor.shape(), tensor.bytes());
  }

  /** Adds a vector of integers, such as axes and sizes, and returns its name. */
  String constant(String name, long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return constant(name, TensorProto.DataType.INT64, new long[] {values.length}, bytes.array());
  }

  /** Adds a number and returns its name. */
  String scalar(String name, double value) {
    return constant(new NamedTensor(name, new long[0], new float[] {(float) value}));
  }

  private String constant(
      String wanted, TensorProto.DataType type, long[] shape, byte[] littleEndian) {
    String name = free(wanted);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(littleEndian));
    for (long size : shape) {
      tensor.addDims(size);
    }
    graph.addInitializer(tensor);
    return name;
  }

  /** Declares an input [N, shape] and returns its name. */
  String input(String name, TensorProto.DataType type, long... shape) {
    graph.addInput(value(name, type, shape));
    return name;
  }

  private static ValueInfoProto value(String name, TensorProto.DataType type, long... shape) {
    TensorShapeProto.Builder sizes =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(BATCH));
    for (long size : shape) {
      sizes.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(sizes)))
        .build();
  }

  static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(value).build();
  }

  static AttributeProto attribute(String name, double value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.FLOAT)
        .setF((float) value)
        .build();
  }

  static AttributeProto attribute(String name, long[] values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  GraphProto build() {
    return graph.build();
  }
}
