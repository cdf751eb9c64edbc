package org.isonorm.spark.bench;

import java.util.List;
import org.isonorm.network.kernel.Precision;

/**
 * A way to take steps in PyTorch.
 *
 * @param compiled by torch.compile, or else eagerly
 * @param precision of activations; bf16 by autocast
 */
record TorchVariant(boolean compiled, Precision precision) {
  /** All that are timed. */
  static final List<TorchVariant> ALL =
      List.of(
          new TorchVariant(false, Precision.FLOAT32),
          new TorchVariant(true, Precision.FLOAT32),
          new TorchVariant(false, Precision.BFLOAT16),
          new TorchVariant(true, Precision.BFLOAT16));

  /** The engine's name, of a version. */
  String name(String version) {
    return "PyTorch " + version + (compiled ? " compiled" : " eager");
  }
}
