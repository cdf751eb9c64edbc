package org.isonorm.init;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What of a convolution counts towards its fan-in and fan-out. Dilation never does, except for
 * where its taps meet the padding; a dense layer's fans are its inputs and outputs always.
 */
public enum FanCount {
  /**
   * The kernel alone, n = Cin / G · k² and m = Cout · k², as Zhang et al. 2022 count: exact for the
   * forward signal without padding, and for the error at stride 1 in one group.
   */
  KERNEL,
  /** Stride and groups too: m = Cout · k² / (G · s²), while n stays; exact without padding. */
  STRIDE,
  /**
   * The products that the image's pixels really take part in, zero padding left out: over all
   * pixels, n is Cin / G times the mean number of taps of an output, m is Cout / G times the mean
   * number of taps of an input. A 3×3 kernel with padding 1 loses 4 % of both at 32×32 pixels and
   * 56 % at 2×2.
   */
  PADDING;

  /** The names {@link #named} knows. */
  public static List<String> names() {
    return Arrays.stream(values()).map(FanCount::label).toList();
  }

  /**
   * The count of that name: kernel, stride or padding.
   *
   * @throws IllegalArgumentException if there is none; names the nearest and lists all
   */
  public static FanCount named(String name) {
    return NearestName.find("fan-count", name, List.of(values()), FanCount::label);
  }

  /** The name in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The fans of the layer, so counted.
   *
   * @throws IllegalArgumentException if stride or padding counts and the layer is a convolution
   *     without geometry
   */
  public EffectiveFan of(LayerTopology layer) {
    WeightShape shape = layer.shape();
    Fan fan = shape.fan();
    if (this == KERNEL || layer.kind() == LayerKind.CLASSIFIER) {
      return new EffectiveFan(fan.in(), fan.out());
    }
    ConvolutionGeometry geometry =
        layer
            .geometry()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        String.format(
                            Locale.ROOT,
                            "Invalid fan-count: %s for layer %s, whose stride and image are not known (use kernel, or give its topology a geometry)",
                            label(),
                            layer.name())));
    if (this == STRIDE) {
      double strideArea = (double) geometry.strideHeight() * geometry.strideWidth();
      return new EffectiveFan(fan.in(), fan.out() / (shape.groups() * strideArea));
    }
    double taps = geometry.contributingTaps(shape.height(), shape.width());
    double inputs = (double) geometry.imageHeight() * geometry.imageWidth();
    double outputs =
        (double) geometry.outputHeight(shape.height()) * geometry.outputWidth(shape.width());
    int inChannels = shape.in() / shape.groups();
    int outChannels = shape.out() / shape.groups();
    return new EffectiveFan(inChannels * taps / outputs, outChannels * taps / inputs);
  }
}
