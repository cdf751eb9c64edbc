package org.isonorm.init;

import java.util.List;

/**
 * A network's loss and gradient at parameters of the caller's choice, which is all that {@link
 * MetaInit} and {@link GradInit} know of it.
 *
 * <p>What an implementation must give:
 *
 * <ul>
 *   <li>Double precision throughout, batch normalization and loss included: second derivatives are
 *       differences of gradients at a relative distance of 1e-8 and less, which single precision
 *       cannot tell apart.
 *   <li>A function: the same parameters and batches always give the same result. Batch
 *       normalization uses the statistics of the batch (and updates no running ones), dropout is
 *       off, augmentation is fixed for each batch.
 *   <li>The mean loss over all examples of the batches, without weight decay, and its exact
 *       gradient with respect to every trained parameter.
 *   <li>Several batches evaluated as one, so that their examples share their batch normalization.
 * </ul>
 */
public interface GradientOracle {
  /** The trained parameters, tensor by tensor, always in the same order. */
  List<ParameterTensor> tensors();

  /**
   * Loss and gradient.
   *
   * @param parameters an array for each of {@link #tensors()}; not modified
   * @param batches numbers, from 0, of the batches whose examples make up this one; what the
   *     examples of a number are is up to the oracle, but always the same
   */
  LossGradient evaluate(double[][] parameters, long... batches);

  /**
   * The same where single precision will do: nothing is going to be differenced. In double
   * precision unless an implementation is faster in single.
   */
  default LossGradient evaluateOnce(double[][] parameters, long... batches) {
    return evaluate(parameters, batches);
  }

  /**
   * The Hessian H of the loss times a vector. By central differences of {@link #evaluate} unless an
   * implementation knows better.
   *
   * @param v an array for each of {@link #tensors()}
   * @throws ArithmeticException if at no distance differences to both sides agree
   */
  default double[][] hessianProduct(double[][] parameters, double[][] v, long... batches) {
    return HessianProduct.of(this, parameters, v, batches);
  }

  /** Whether {@link #exactHessianProduct} is there. */
  default boolean hasExactHessianProduct() {
    return false;
  }

  /**
   * H times a vector in double precision and not by differences, so that it may be differenced
   * itself.
   */
  default double[][] exactHessianProduct(double[][] parameters, double[][] v, long... batches) {
    throw new UnsupportedOperationException("Unsupported: products with H but by differences");
  }
}
