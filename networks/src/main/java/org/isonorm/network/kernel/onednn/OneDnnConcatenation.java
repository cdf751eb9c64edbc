package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MULTIPLE_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.concat;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory_desc_vector;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.vector.Columns;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Concatenation by oneDNN; backward copies each input's columns out of the output's gradient. */
public final class OneDnnConcatenation implements ConcatenationKernel {

  private static final int CHANNEL_AXIS = 1;

  private final ConcatenationShape shape;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final primitive_attr attributes = resources.own(OneDnn.attributes());
  private final memory.desc outputs;
  private final List<memory.desc> parts = new ArrayList<>();
  private final OneDnn.Call forward;
  private final List<memory> sources = new ArrayList<>();
  private final memory destination;
  private final List<Columns> backward = new ArrayList<>();

  public OneDnnConcatenation(ConcatenationShape shape, Precision precision) {
    this.shape = shape;
    this.precision = precision;
    outputs =
        resources.own(
            OneDnn.desc(precision, memory.format_tag.ab, shape.rows(), shape.outputChannels()));
    for (int channels : shape.channels()) {
      parts.add(
          resources.own(OneDnn.desc(precision, memory.format_tag.ab, shape.rows(), channels)));
    }
    memory_desc_vector descs =
        resources.own(new memory_desc_vector(parts.toArray(new memory.desc[0])));
    concat.primitive_desc desc =
        resources.own(
            new concat.primitive_desc(
                OneDnn.ENGINE, outputs, CHANNEL_AXIS, descs, attributes, false));
    forward = resources.call(resources.own(new concat(desc)), desc.scratchpad_desc());
    for (int i = 0; i < parts.size(); i++) {
      sources.add(forward.argument(DNNL_ARG_MULTIPLE_SRC + i, parts.get(i)));
    }
    destination = forward.argument(DNNL_ARG_DST, outputs);
  }

  @Override
  public void forward(INDArray[] inputs, INDArray output) {
    for (int i = 0; i < inputs.length; i++) {
      OneDnn.aim(sources.get(i), inputs[i], shape.inputLength(i), precision);
    }
    OneDnn.aim(destination, output, shape.outputLength(), precision);
    INDArray[] reachable = Arrays.copyOf(inputs, inputs.length + 1);
    reachable[inputs.length] = output;
    forward.run(reachable);
  }

  @Override
  public void backward(INDArray outputGradient, INDArray[] inputGradients) {
    if (backward.isEmpty()) {
      int first = 0;
      for (int i = 0; i < parts.size(); i++) {
        backward.add(new Columns(i, first));
        first += shape.channels().get(i);
      }
    }
    for (Columns columns : backward) {
      columns.copy(outputGradient, inputGradients[columns.input]);
    }
  }

  @Override
  public void close() {
    resources.close();
  }

  /** The columns of the output that belong to one input. */
  private final class Columns {

    private final int input;
    private final OneDnn.Call call;
    private final memory from;
    private final memory to;

    Columns(int input, int first) {
      this.input = input;
      memory.desc columns =
          resources.own(
              outputs.submemory_desc(
                  new long[] {shape.rows(), shape.channels().get(input)}, new long[] {0, first}));
      memory.desc part = parts.get(input);
      reorder.primitive_desc desc =
          resources.own(
              new reorder.primitive_desc(
                  OneDnn.ENGINE, columns, OneDnn.ENGINE, part, attributes, false));
      call = resources.call(resources.own(new reorder(desc)), desc.scratchpad_desc());
      from = call.argument(DNNL_ARG_FROM, columns);
      to = call.argument(DNNL_ARG_TO, part);
    }

    void copy(INDArray outputGradient, INDArray inputGradient) {
      OneDnn.aim(from, outputGradient, shape.outputLength(), precision);
      OneDnn.aim(to, inputGradient, shape.inputLength(input), precision);
      call.run(outputGradient, inputGradient);
    }
  }
}
