package org.isonorm.network.kernel.vector;

/** A way to compute a correlation, whose primitives are prepared; arguments are addresses. */
interface CorrelationPass {

  /**
   * Writes the output.
   *
   * @param bias 0 where there is none
   */
  void run(long input, long weights, long bias, long output);
}
