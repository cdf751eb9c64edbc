package org.isonorm.spark.report;

import java.awt.Color;
import java.util.Locale;

/**
 * The colours of the plots: the colour-blind-safe palette of Okabe and Ito (2008), which the page's
 * style sheet may change for the dark scheme by the variable of the same name.
 */
enum Ink {
  BLUE(0x0072B2),
  VERMILION(0xD55E00),
  GREEN(0x009E73),
  AMBER(0xE69F00),
  TEXT(0x404449),
  GRID(0xE3E5E8);

  private final Color color;

  Ink(int rgb) {
    this.color = new Color(rgb);
  }

  Color color() {
    return color;
  }

  Color translucent() {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), 110);
  }

  /** The CSS class and, after two dashes, the CSS variable. */
  String cssName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** As a vector graphics document names the colour. */
  String rgb() {
    return "rgb(" + color.getRed() + "," + color.getGreen() + "," + color.getBlue() + ")";
  }

  /** As the page names the colour. */
  String css() {
    return String.format("var(--%s,#%06x)", cssName(), color.getRGB() & 0xFFFFFF);
  }
}
