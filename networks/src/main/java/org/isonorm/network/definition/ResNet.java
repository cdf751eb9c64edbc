package org.isonorm.network.definition;

import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Residual nets (He et al. 2016): a stem, stages of blocks with ReLU after the addition, global
 * average pooling, a linear classifier. A stage doubles the channels and, from the second on,
 * halves the image. For small images the stem is a 3×3 convolution; for large ones a 7×7
 * convolution and max pooling, each halving the image. The scalars of Fixup stand where its
 * authors' code has them (Zhang, Dauphin and Ma 2019, fixup_resnet_cifar.py and
 * fixup_resnet_imagenet.py): a shortcut that changes the shape reads what the branch's first
 * convolution reads, and the stem has no bias before it.
 */
public final class ResNet {
  private static final int CIFAR_STAGES = 3;

  private ResNet() {}

  /** What a branch consists of. */
  private enum Block {
    /** Two 3×3 convolutions. */
    BASIC(1),

    /** Convolutions of 1×1, 3×3 and 1×1, the last of four times the channels. */
    BOTTLENECK(4);

    private final int expansion;

    Block(int expansion) {
      this.expansion = expansion;
    }

    static Block of(NetworkDefinition definition) {
      return definition.family() == NetworkFamily.IMAGENET_RESNET && definition.depth() == 50
          ? BOTTLENECK
          : BASIC;
    }
  }

  static void draw(NetworkDefinition definition, GraphDraft draft) {
    List<Integer> blocks = blocks(definition);
    Block kind = Block.of(definition);
    int channels = definition.width();
    String last = stem(definition, draft);
    for (int stage = 1; stage <= blocks.size(); stage++) {
      int width = definition.width() << (stage - 1);
      for (int block = 1; block <= blocks.get(stage - 1); block++) {
        int stride = stage > 1 && block == 1 ? 2 : 1;
        last =
            block(
                draft,
                String.format(Locale.ROOT, "stage%d.block%d", stage, block),
                last,
                kind,
                stride,
                channels,
                width);
        channels = width * kind.expansion;
      }
    }
    draft.classifier(draft.shifted(GraphDraft.CLASSIFIER, draft.globalAveragePool("pool", last)));
  }

  /** Blocks of each stage (He et al. 2016, table 1 and section 4.2). */
  private static List<Integer> blocks(NetworkDefinition definition) {
    if (definition.family() == NetworkFamily.CIFAR_RESNET) {
      return Collections.nCopies(CIFAR_STAGES, (definition.depth() - 2) / (2 * CIFAR_STAGES));
    }
    return definition.depth() == 18 ? List.of(2, 2, 2, 2) : List.of(3, 4, 6, 3);
  }

  private static String stem(NetworkDefinition definition, GraphDraft draft) {
    int channels = definition.width();
    if (definition.family() != NetworkFamily.IMAGENET_RESNET) {
      return draft.activatedConvolution("stem", GraphDraft.INPUT, 3, 1, channels);
    }
    String halved = draft.activatedConvolution("stem", GraphDraft.INPUT, 7, 2, channels);
    return draft.maxPool("stem.pool", halved, 3, 2, 1);
  }

  private static String block(
      GraphDraft draft,
      String name,
      String from,
      Block kind,
      int stride,
      int fromChannels,
      int width) {
    String input = draft.shifted(name + ".conv1", from);
    String branch =
        switch (kind) {
          case BASIC -> basic(draft, name, input, stride, width);
          case BOTTLENECK -> bottleneck(draft, name, input, stride, width);
        };
    int channels = width * kind.expansion;
    String shortcut =
        stride == 1 && fromChannels == channels
            ? from
            : draft.shortcut(name, input, stride, fromChannels, channels);
    return draft.activatedSum(name, branch, shortcut);
  }

  private static String basic(
      GraphDraft draft, String name, String input, int stride, int channels) {
    String hidden = draft.activatedConvolution(name + ".conv1", input, 3, stride, channels);
    String last =
        draft.normalizedConvolution(
            name + ".conv2", draft.shifted(name + ".conv2", hidden), 3, 1, channels);
    return draft.scaled(name + ".conv2", last);
  }

  private static String bottleneck(
      GraphDraft draft, String name, String input, int stride, int width) {
    String squeezed = draft.activatedConvolution(name + ".conv1", input, 1, 1, width);
    String hidden =
        draft.activatedConvolution(
            name + ".conv2", draft.shifted(name + ".conv2", squeezed), 3, stride, width);
    String last =
        draft.normalizedConvolution(
            name + ".conv3",
            draft.shifted(name + ".conv3", hidden),
            1,
            1,
            width * Block.BOTTLENECK.expansion);
    return draft.scaled(name + ".conv3", last);
  }
}
