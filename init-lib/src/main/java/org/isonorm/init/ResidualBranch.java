package org.isonorm.init;

import java.util.List;
import java.util.Optional;

/**
 * What a residual block adds to its shortcut.
 *
 * @param convolutions names of its convolutions, in forward order
 * @param normalization name of the batch normalization that ends it, if one does. A pre-activation
 *     block has none: the scale of a normalization before its last ReLU and convolution must not
 *     start at 0, since no gradient would ever pass that ReLU
 * @param multiplied whether a scalar multiplier and bias end it, as Fixup has them
 */
public record ResidualBranch(
    List<String> convolutions, Optional<String> normalization, boolean multiplied) {
  public ResidualBranch {
    convolutions = List.copyOf(convolutions);
  }
}
