package org.isonorm.network;

import java.util.Collections;
import java.util.List;

/**
 * Residual nets of basic blocks (He et al. 2016): a 3×3 stem, stages of two-convolution blocks with
 * ReLU after the addition, global average pooling, a linear classifier. A stage doubles the
 * channels and, from the second on, halves the image.
 */
final class ResNet {
  private static final int CIFAR_STAGES = 3;

  private ResNet() {}

  static void draw(NetworkDefinition definition, GraphDraft draft) {
    List<Integer> blocks =
        definition.family() == NetworkFamily.RESNET_34
            ? List.of(3, 4, 6, 3)
            : Collections.nCopies(CIFAR_STAGES, (definition.depth() - 2) / (2 * CIFAR_STAGES));
    int channels = definition.width();
    String last = draft.activatedConvolution("stem", GraphDraft.INPUT, 3, 1, channels);
    for (int stage = 1; stage <= blocks.size(); stage++) {
      int stageChannels = definition.width() << (stage - 1);
      for (int block = 1; block <= blocks.get(stage - 1); block++) {
        int stride = stage > 1 && block == 1 ? 2 : 1;
        last =
            basicBlock(
                draft,
                "stage%d.block%d".formatted(stage, block),
                last,
                stride,
                channels,
                stageChannels);
        channels = stageChannels;
      }
    }
    draft.classifier(draft.globalAveragePool("pool", last));
  }

  private static String basicBlock(
      GraphDraft draft, String name, String from, int stride, int fromChannels, int channels) {
    String hidden = draft.activatedConvolution(name + ".conv1", from, 3, stride, channels);
    String branch = draft.normalizedConvolution(name + ".conv2", hidden, 3, 1, channels);
    String shortcut =
        stride == 1 && fromChannels == channels
            ? from
            : draft.shortcut(name, from, stride, fromChannels, channels);
    return draft.activatedSum(name, branch, shortcut);
  }
}
