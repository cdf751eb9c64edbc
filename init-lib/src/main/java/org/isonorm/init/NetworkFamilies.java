package org.isonorm.init;

/** The families that the networks of Zhang et al. 2022 belong to, by their names. */
final class NetworkFamilies {
  private NetworkFamilies() {}

  /** What is before the first hyphen: vgg, resnet, densenet, wrn or anything else. */
  static String of(String network) {
    return network.split("-", 2)[0];
  }
}
