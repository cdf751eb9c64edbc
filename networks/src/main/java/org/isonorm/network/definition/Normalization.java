package org.isonorm.network.definition;

import java.util.List;
import java.util.Locale;
import org.isonorm.network.parameters.ParameterKind;

/** What keeps the scale of a network's activations. */
public enum Normalization {
  /** Batch normalization with every convolution. */
  BATCH,

  /** Nothing but the initial weights. */
  NONE,

  /**
   * The scalars of Fixup (Zhang, Dauphin and Ma 2019): a bias before each convolution, each
   * activation and the classifier, one multiplier a residual branch. Networks without residual
   * branches cannot have them.
   */
  FIXUP;

  /**
   * What the optimizer does otherwise: a tenth of the learning rate for the scalars of Fixup and
   * for the classifier's bias, as in its authors' code (cifar_train.py), which finds both by their
   * names.
   */
  List<ParameterRule> optimizerRules() {
    return switch (this) {
      case BATCH, NONE -> List.of();
      case FIXUP ->
          List.of(ParameterRule.learningRate(.1, ParameterKind.SCALAR, ParameterKind.BIAS));
    };
  }

  /** The setting in a word: {@code batch}, {@code none} or {@code fixup}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
