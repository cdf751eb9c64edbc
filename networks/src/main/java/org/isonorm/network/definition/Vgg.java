package org.isonorm.network.definition;

import java.util.List;

/**
 * VGG with batch normalization: five stages of 3×3 convolutions, each closed by max pooling, then a
 * linear classifier.
 */
final class Vgg {
  private static final int[] WIDTHS = {1, 2, 4, 8, 8};

  private Vgg() {}

  static void draw(NetworkDefinition definition, GraphDraft draft) {
    List<Integer> convolutions = convolutions(definition.depth());
    String last = GraphDraft.INPUT;
    for (int stage = 1; stage <= WIDTHS.length; stage++) {
      String prefix = "stage" + stage;
      for (int i = 1; i <= convolutions.get(stage - 1); i++) {
        last =
            draft.activatedConvolution(
                prefix + ".conv" + i, last, 3, 1, WIDTHS[stage - 1] * definition.width());
      }
      last = draft.maxPool(prefix + ".pool", last, 2, 2, 0);
    }
    draft.classifier(last);
  }

  /**
   * Convolutions of each stage (Simonyan &amp; Zisserman 2015, table 1, configurations A, B, D and
   * E).
   */
  private static List<Integer> convolutions(int depth) {
    return switch (depth) {
      case 11 -> List.of(1, 1, 2, 2, 2);
      case 13 -> List.of(2, 2, 2, 2, 2);
      case 16 -> List.of(2, 2, 3, 3, 3);
      case 19 -> List.of(2, 2, 4, 4, 4);
      default -> throw new IllegalArgumentException("Invalid depth of VGG: " + depth);
    };
  }
}
