package org.isonorm.network.definition;

import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Residual nets of basic blocks (He et al. 2016): a 3×3 stem, stages of two-convolution blocks with
 * ReLU after the addition, global average pooling, a linear classifier. A stage doubles the
 * channels and, from the second on, halves the image. The scalars of Fixup stand where its authors'
 * code has them (Zhang, Dauphin and Ma 2019, fixup_resnet_cifar.py): a shortcut that changes the
 * shape reads what the branch's first convolution reads, and the stem has no bias before it.
 */
public final class ResNet {
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
                String.format(Locale.ROOT, "stage%d.block%d", stage, block),
                last,
                stride,
                channels,
                stageChannels);
        channels = stageChannels;
      }
    }
    draft.classifier(draft.shifted(GraphDraft.CLASSIFIER, draft.globalAveragePool("pool", last)));
  }

  private static String basicBlock(
      GraphDraft draft, String name, String from, int stride, int fromChannels, int channels) {
    String input = draft.shifted(name + ".conv1", from);
    String hidden = draft.activatedConvolution(name + ".conv1", input, 3, stride, channels);
    String last =
        draft.normalizedConvolution(
            name + ".conv2", draft.shifted(name + ".conv2", hidden), 3, 1, channels);
    String branch = draft.scaled(name + ".conv2", last);
    String shortcut =
        stride == 1 && fromChannels == channels
            ? from
            : draft.shortcut(name, input, stride, fromChannels, channels);
    return draft.activatedSum(name, branch, shortcut);
  }
}
