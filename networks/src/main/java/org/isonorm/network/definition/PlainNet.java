package org.isonorm.network.definition;

import java.util.Locale;

/**
 * The plain network whose norms Zhang et al. 2022 follow through its layers: 3×3 convolutions of
 * one width, each with its activation and no normalization, in three stages with average pooling
 * over 2×2 pixels between them, then global average pooling and a linear classifier. The stages are
 * of equal length, the first ones longer by one where the convolutions do not divide by three.
 */
final class PlainNet {
  private static final int STAGES = 3;

  private PlainNet() {}

  static void draw(NetworkDefinition definition, GraphDraft draft) {
    int convolutions = definition.depth();
    String last = GraphDraft.INPUT;
    for (int stage = 1; stage <= STAGES; stage++) {
      int length = (convolutions + STAGES - stage) / STAGES;
      for (int i = 1; i <= length; i++) {
        String name = String.format(Locale.ROOT, "stage%d.conv%d", stage, i);
        last = draft.activatedConvolution(name, last, 3, 1, definition.width());
      }
      if (stage < STAGES) {
        last = draft.averagePool(String.format(Locale.ROOT, "stage%d.pool", stage), last);
      }
    }
    draft.classifier(draft.globalAveragePool("pool", last));
  }
}
