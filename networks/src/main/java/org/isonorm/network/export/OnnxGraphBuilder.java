package org.isonorm.network.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.AttributeProto.AttributeType;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/** Nodes and constants of an ONNX graph. Every node has one output, which bears its name. */
final class OnnxGraphBuilder {
  /** The first axis of every input and output: any number of images. */
  private static final String BATCH = "N";

  private final GraphProto.Builder graph = GraphProto.newBuilder();

  OnnxGraphBuilder(String name) {
    graph.setName(name);
  }

  /** Adds a node and returns its output. */
  String node(String operator, String name, List<String> inputs, AttributeProto... attributes) {
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
      String name, TensorProto.DataType type, long[] shape, byte[] littleEndian) {
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

  /** Declares that what a node puts out is an output [N, shape] of the graph. */
  void output(String name, long... shape) {
    graph.addOutput(value(name, TensorProto.DataType.FLOAT, shape));
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
