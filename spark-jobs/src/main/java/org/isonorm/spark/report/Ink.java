package org.isonorm.spark.report;

import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The colours of the plots, which the page's style sheet may change for the dark scheme by the
 * variable of the same name: the colour-blind-safe palette of Okabe and Ito (2008) for things of
 * different kinds; for things in an order a part of matplotlib's plasma, of even steps in lightness
 * for any eye.
 */
enum Ink {
  BLUE(0x0072B2),
  VERMILION(0xD55E00),
  GREEN(0x009E73),
  AMBER(0xE69F00),
  PURPLE(0xB05F8F),
  TEXT(0x404449),
  GRID(0xE3E5E8),
  RAMP_1(0x0D0887),
  RAMP_2(0x4C02A1),
  RAMP_3(0x7E03A8),
  RAMP_4(0xA92395),
  RAMP_5(0xCC4778),
  RAMP_6(0xE56B5D),
  RAMP_7(0xF89540),
  RAMP_8(0xFDC527);

  private static final List<Ink> RAMP =
      List.of(RAMP_1, RAMP_2, RAMP_3, RAMP_4, RAMP_5, RAMP_6, RAMP_7, RAMP_8);
  private static final List<Ink> KINDS = List.of(BLUE, VERMILION, GREEN, PURPLE, AMBER);

  private final Color color;

  Ink(int rgb) {
    this.color = new Color(rgb);
  }

  /** Inks for so many things in an order; more than there are repeat their neighbours. */
  static List<Ink> ramp(int count) {
    int last = RAMP.size() - 1;
    return IntStream.range(0, count)
        .mapToObj(i -> RAMP.get(count == 1 ? 0 : Math.round((float) i * last / (count - 1))))
        .toList();
  }

  /** How many different things have an ink of their own. */
  static int kinds() {
    return KINDS.size();
  }

  /** The ink of the i-th thing among different ones; after the last they begin again. */
  static Ink kind(int i) {
    return KINDS.get(i % KINDS.size());
  }

  /** The ink of a CSS class. */
  static Ink ofCss(String cssName) {
    return valueOf(cssName.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  Color color() {
    return color;
  }

  Color translucent() {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), 110);
  }

  /** The CSS class and, after two dashes, the CSS variable. */
  String cssName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** As a vector graphics document names the colour. */
  String rgb() {
    return "rgb(" + color.getRed() + "," + color.getGreen() + "," + color.getBlue() + ")";
  }

  /** As the page names the colour. */
  String css() {
    return String.format(Locale.ROOT, "var(--%s,#%06x)", cssName(), color.getRGB() & 0xFFFFFF);
  }
}
