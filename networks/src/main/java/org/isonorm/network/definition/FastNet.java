package org.isonorm.network.definition;

import java.util.Locale;

/**
 * The networks of Jordan 2024 (arXiv 2404.00498, §3): a 2×2 convolution without padding, of as many
 * filters as whitening makes of its patches, with a bias and an activation; three groups of [3×3
 * convolution, max pooling over 2×2 pixels, normalization, activation, 3×3 convolution,
 * normalization, activation]; max pooling over 3×3 pixels; a linear classifier. In the groups of
 * {@code fast-96} a third convolution with its normalization follows, and what the second one reads
 * is added before the last activation.
 */
final class FastNet {
  private static final int PATCH = 2;
  private static final int STAGES = 3;
  private static final int LAST_POOL = 3;

  private FastNet() {}

  static void draw(NetworkDefinition definition, GraphDraft draft) {
    int filters = 2 * definition.imageChannels() * PATCH * PATCH;
    String last =
        draft.activation(
            "whitening",
            draft.convolution("whitening", GraphDraft.INPUT, PATCH, 1, 0, filters, true));
    for (int stage = 1; stage <= STAGES; stage++) {
      last = group(definition, draft, String.format(Locale.ROOT, "stage%d", stage), last, stage);
    }
    draft.classifier(draft.maxPool("pool", last, LAST_POOL, LAST_POOL, 0));
  }

  private static String group(
      NetworkDefinition definition, GraphDraft draft, String name, String from, int stage) {
    int channels = definition.width() * multiple(definition.family(), stage);
    String wide = draft.convolution(name + ".conv1", from, 3, 1, channels);
    String pooled = draft.maxPool(name + ".pool", wide, 2, 2, 0);
    String first = draft.activated(name + ".conv1", pooled);
    String second = draft.activatedConvolution(name + ".conv2", first, 3, 1, channels);
    if (definition.family() != NetworkFamily.FAST_96) {
      return second;
    }
    String third = draft.normalizedConvolution(name + ".conv3", second, 3, 1, channels);
    return draft.activatedSum(name, third, first);
  }

  /** Channels of a stage by those of the first. */
  private static int multiple(NetworkFamily family, int stage) {
    return switch (stage) {
      case 1 -> 1;
      case 2 -> family == NetworkFamily.FAST_94 ? 4 : 3;
      default -> family == NetworkFamily.FAST_95 ? 3 : 4;
    };
  }
}
