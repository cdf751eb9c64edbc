package org.isonorm.spark.cli;

import org.isonorm.data.shard.ImageSize;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.config.IsonormConfig;
import picocli.CommandLine.Option;

/** The option that says how large a network's images are where none are read. */
final class ImageSizeOption {
  @Option(
      names = "--image-size",
      paramLabel = "N",
      description =
          "Side of the images in pixels (the data set's; 224 of resnet-D-imagenet where that is"
              + " synthetic or CIFAR, whose images it does not take).")
  private Integer pixels;

  /** Whether it was given. */
  boolean isGiven() {
    return pixels != null;
  }

  /** The configuration's network for images of that size. */
  NetworkDefinition network(IsonormConfig chosen) {
    if (pixels != null) {
      // What is no size at all is the network's to refuse.
      int side = pixels > 0 ? ImageSize.square(pixels).height() : pixels;
      return chosen.networkDefinition(side);
    }
    NetworkDefinition usual = chosen.network().definition(chosen.data().classes());
    boolean larger =
        !chosen.data().dataset().isOwn() && usual.imageHeight() > chosen.data().shape().height();
    return larger ? usual : chosen.networkDefinition();
  }
}
