package org.isonorm.network.definition;

import java.util.Locale;

/**
 * DenseNet-BC (Huang et al. 2017) for small images: a 3×3 stem of 2k channels, three stages of
 * layers BN-ReLU-1×1 (4k)-BN-ReLU-3×3 (k) whose outputs are appended to their input, transitions
 * BN-ReLU-1×1 (half the channels)-average pooling between them, BN-ReLU, global average pooling, a
 * linear classifier. The definition's width is the growth rate k.
 */
public final class DenseNet {
  private static final int STAGES = 3;
  private static final int BOTTLENECK = 4;

  private DenseNet() {}

  static void draw(NetworkDefinition definition, GraphDraft draft) {
    int growth = definition.width();
    int layers = (definition.depth() - 4) / (2 * STAGES);
    int channels = 2 * growth;
    String last = draft.convolution("stem", GraphDraft.INPUT, 3, 1, channels);
    for (int stage = 1; stage <= STAGES; stage++) {
      for (int layer = 1; layer <= layers; layer++) {
        last =
            layer(draft, String.format(Locale.ROOT, "stage%d.layer%d", stage, layer), last, growth);
        channels += growth;
      }
      if (stage < STAGES) {
        channels /= 2;
        last = transition(draft, "transition" + stage, last, channels);
      }
    }
    String features = draft.activated("final", last);
    draft.classifier(draft.globalAveragePool("pool", features));
  }

  private static String layer(GraphDraft draft, String name, String from, int growth) {
    String squeezed =
        draft.preactivatedConvolution(name + ".conv1", from, 1, 1, BOTTLENECK * growth);
    String grown = draft.preactivatedConvolution(name + ".conv2", squeezed, 3, 1, growth);
    return draft.concatenate(name, from, grown);
  }

  private static String transition(GraphDraft draft, String name, String from, int channels) {
    return draft.averagePool(
        name + ".pool", draft.preactivatedConvolution(name, from, 1, 1, channels));
  }
}
