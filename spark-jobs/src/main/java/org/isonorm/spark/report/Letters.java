package org.isonorm.spark.report;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;

/** Sets a line of text as outlines, which look the same in a page, in a file and on any machine. */
final class Letters {
  private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);

  private Letters() {}

  static double width(Font font, String text) {
    return text.isEmpty() ? 0 : new TextLayout(text, font, CONTEXT).getAdvance();
  }

  /** Begins at x; y is the baseline, as below. */
  static void left(Graphics2D graphics, Font font, String text, double x, double y) {
    if (!text.isEmpty()) {
      graphics.fill(
          new TextLayout(text, font, CONTEXT)
              .getOutline(AffineTransform.getTranslateInstance(x, y)));
    }
  }

  static void centred(Graphics2D graphics, Font font, String text, double x, double y) {
    left(graphics, font, text, x - width(font, text) / 2, y);
  }

  /** Ends at x. */
  static void right(Graphics2D graphics, Font font, String text, double x, double y) {
    left(graphics, font, text, x - width(font, text), y);
  }

  /** Reads from bottom to top, centred on y. */
  static void upwards(Graphics2D graphics, Font font, String text, double x, double y) {
    AffineTransform turn = AffineTransform.getTranslateInstance(x, y + width(font, text) / 2);
    turn.rotate(-Math.PI / 2);
    graphics.fill(new TextLayout(text, font, CONTEXT).getOutline(turn));
  }
}
