package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import java.nio.FloatBuffer;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reduction;
import org.bytedeco.javacpp.FloatPointer;
import org.isonorm.network.kernel.Checks;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A scalar multiplier and bias by oneDNN's element-wise primitives and row sums. */
public final class OneDnnScalarAffine implements ScalarAffineKernel {

  private static final int COLUMNS = 256;

  private final long length;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final Binary forward;

  /** outputGradient · input, whose sum is the gradient of the multiplier; null without one. */
  private final Binary product;

  /** multiplier · outputGradient, the gradient of the input; null without multiplier. */
  private final Binary scaled;

  /** The sums of the rows; null where there is one element. */
  private final OneDnn.Call sum;

  private final memory summands;
  private final FloatBuffer rowSums;

  public OneDnnScalarAffine(long length, boolean multiplied, Precision precision) {
    Checks.positive("length", length);
    this.length = length;
    this.precision = precision;
    long columns = length % COLUMNS == 0 ? COLUMNS : length;
    long rows = length / columns;
    memory.desc matrix = resources.own(matrix(precision, rows, columns));
    memory.desc scalar = resources.own(matrix(Precision.FLOAT32, 1, 1));
    forward =
        multiplied
            ? new Binary(algorithm.binary_mul, matrix, scalar, scalar)
            : new Binary(algorithm.binary_add, matrix, scalar, null);
    product = multiplied ? new Binary(algorithm.binary_mul, matrix, matrix, null) : null;
    scaled = multiplied ? new Binary(algorithm.binary_mul, matrix, scalar, null) : null;

    // oneDNN refuses to sum over an axis of one element.
    if (length == 1) {
      sum = null;
      summands = null;
      rowSums = null;
      return;
    }
    memory.desc row = resources.own(matrix(Precision.FLOAT32, rows, 1));
    reduction.primitive_desc desc =
        resources.own(
            new reduction.primitive_desc(
                OneDnn.ENGINE,
                algorithm.reduction_sum,
                matrix,
                row,
                0,
                0,
                resources.own(OneDnn.attributes()),
                false));
    sum = resources.call(resources.own(new reduction(desc)), desc.scratchpad_desc());
    summands = sum.argument(DNNL_ARG_SRC, matrix);
    FloatPointer results = resources.own(new FloatPointer(rows));
    OneDnn.aim(sum.argument(DNNL_ARG_DST, row), results.address());
    rowSums = results.asBuffer();
  }

  private static memory.desc matrix(Precision precision, long rows, long columns) {
    return OneDnn.desc(precision, memory.format_tag.ab, rows, columns);
  }

  /** An operation on a matrix and another or a scalar, after which a scalar may be added. */
  private final class Binary {
    private final OneDnn.Call call;
    private final memory first;
    private final memory second;
    private final memory addend;
    private final memory result;

    Binary(algorithm operation, memory.desc matrix, memory.desc other, memory.desc added) {
      primitive_attr attributes = resources.own(OneDnn.attributes());
      if (added != null) {
        post_ops addition = resources.own(new post_ops());
        addition.append_binary(algorithm.binary_add, added);
        attributes.set_post_ops(addition);
      }
      binary.primitive_desc desc =
          resources.own(
              new binary.primitive_desc(
                  OneDnn.ENGINE, operation, matrix, other, matrix, attributes, false));
      call = resources.call(resources.own(new binary(desc)), desc.scratchpad_desc());
      first = call.argument(DNNL_ARG_SRC_0, matrix);
      second = call.argument(DNNL_ARG_SRC_1, other);
      result = call.argument(DNNL_ARG_DST, matrix);
      addend =
          added == null
              ? null
              : call.argument(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, added);
    }

    /** Runs with a scalar. */
    void run(INDArray input, INDArray scalar, INDArray addition, INDArray output) {
      OneDnn.aim(second, scalar, 1);
      if (addition != null) {
        OneDnn.aim(addend, addition, 1);
      }
      OneDnn.aim(first, input, length, precision);
      OneDnn.aim(result, output, length, precision);
      call.run(input, scalar, addition, output);
    }

    /** Runs with another matrix. */
    void run(INDArray input, INDArray other, INDArray output) {
      OneDnn.aim(first, input, length, precision);
      OneDnn.aim(second, other, length, precision);
      OneDnn.aim(result, output, length, precision);
      call.run(input, other, output);
    }
  }

  @Override
  public void forward(INDArray input, INDArray multiplier, INDArray bias, INDArray output) {
    if (multiplier == null) {
      forward.run(input, bias, null, output);
    } else {
      forward.run(input, multiplier, bias, output);
    }
  }

  @Override
  public void backward(
      INDArray input,
      INDArray multiplier,
      INDArray outputGradient,
      INDArray inputGradient,
      INDArray multiplierGradient,
      INDArray biasGradient) {
    biasGradient.putScalar(0, sum(outputGradient));
    if (multiplier != null) {
      product.run(outputGradient, input, inputGradient);
      multiplierGradient.putScalar(0, sum(inputGradient));
      scaled.run(outputGradient, multiplier, null, inputGradient);
    }
  }

  private double sum(INDArray array) {
    if (sum == null) {
      return array.getDouble(0);
    }
    OneDnn.aim(summands, array, length, precision);
    sum.run(array);
    double total = 0;
    for (int row = 0; row < rowSums.capacity(); row++) {
      total += rowSums.get(row);
    }
    return total;
  }

  @Override
  public void close() {
    resources.close();
  }
}
