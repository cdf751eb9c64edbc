package org.isonorm.network.definition;

import java.util.Locale;

/**
 * Wide residual nets (Zagoruyko &amp; Komodakis 2016) for small images: a 3×3 stem, three stages of
 * pre-activation blocks BN-ReLU-3×3-BN-ReLU-3×3, then BN-ReLU, global average pooling, a linear
 * classifier. A stage starts with a 1×1 convolution on its shortcut where it changes the shape.
 * Fixup's scalars stand before each activation and each convolution, and at the end of a branch.
 */
final class WideResNet {
  private static final int STAGES = 3;

  private WideResNet() {}

  static void draw(NetworkDefinition definition, GraphDraft draft) {
    int blocks = (definition.depth() - 4) / (2 * STAGES);
    int channels = definition.width();
    String last = draft.convolution("stem", GraphDraft.INPUT, 3, 1, channels);
    for (int stage = 1; stage <= STAGES; stage++) {
      int stageChannels = definition.width() * definition.widening() << (stage - 1);
      for (int block = 1; block <= blocks; block++) {
        int stride = stage > 1 && block == 1 ? 2 : 1;
        last =
            block(
                draft,
                String.format(Locale.ROOT, "stage%d.block%d", stage, block),
                last,
                stride,
                channels,
                stageChannels);
        channels = stageChannels;
      }
    }
    String features = draft.activated("final", last);
    draft.classifier(
        draft.shifted(GraphDraft.CLASSIFIER, draft.globalAveragePool("pool", features)));
  }

  private static String block(
      GraphDraft draft, String name, String from, int stride, int fromChannels, int channels) {
    boolean strideFirst = draft.definition.variant() == Variant.STANDARD;
    String activated = draft.shifted(name + ".conv1", draft.activated(name + ".conv1", from));
    String hidden =
        draft.convolution(name + ".conv1", activated, 3, strideFirst ? stride : 1, channels);
    String activatedHidden =
        draft.shifted(name + ".conv2", draft.activated(name + ".conv2", hidden));
    String last =
        draft.convolution(name + ".conv2", activatedHidden, 3, strideFirst ? 1 : stride, channels);
    String branch = draft.scaled(name + ".conv2", last);
    String shortcut = from;
    if (stride > 1 || fromChannels != channels) {
      String source = strideFirst ? activated : draft.shifted(name + ".shortcut", from);
      shortcut = draft.convolution(name + ".shortcut", source, 1, stride, channels);
    }
    return draft.add(name, branch, shortcut);
  }
}
