package org.isonorm.spark.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;
import org.isonorm.spark.report.Plot.Mark;

/** A drawing with the title and the legend that the page would set in its own type. */
record Poster(String title, List<View.Key> legend, Drawing drawing) implements Drawing {
  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 30);
  private static final Font LABEL = new Font(Font.SANS_SERIF, Font.PLAIN, 24);
  private static final Color STRONG = new Color(0x16181B);
  private static final int MARGIN = 24;
  private static final int TITLE_HEIGHT = 44;
  private static final int LINE_HEIGHT = 36;
  private static final int KEY_WIDTH = 34;
  private static final int GAP = 30;

  /** An entry of the legend at its place. */
  private record Placed(View.Key key, int x, int line) {}

  @Override
  public int width() {
    return Math.max(drawing.width(), (int) Math.ceil(Letters.width(TITLE, title))) + 2 * MARGIN;
  }

  @Override
  public int height() {
    return top() + drawing.height() + MARGIN;
  }

  private int top() {
    List<Placed> placed = placed();
    int lines = placed.isEmpty() ? 0 : placed.get(placed.size() - 1).line() + 1;
    return MARGIN + TITLE_HEIGHT + LINE_HEIGHT * lines;
  }

  private List<Placed> placed() {
    List<Placed> placed = new ArrayList<>();
    int x = MARGIN;
    int line = 0;
    for (View.Key key : legend) {
      int width = KEY_WIDTH + (int) Math.ceil(Letters.width(LABEL, key.label())) + GAP;
      if (x > MARGIN && x + width > width()) {
        x = MARGIN;
        line++;
      }
      placed.add(new Placed(key, x, line));
      x += width;
    }
    return placed;
  }

  @Override
  public void paint(Graphics2D graphics) {
    graphics.setColor(STRONG);
    Letters.left(graphics, TITLE, title, MARGIN, MARGIN + 28);
    for (Placed placed : placed()) {
      int y = MARGIN + TITLE_HEIGHT + LINE_HEIGHT * placed.line() + 22;
      key(graphics, placed.key(), placed.x(), y - 8);
      graphics.setColor(Ink.TEXT.color());
      Letters.left(graphics, LABEL, placed.key().label(), placed.x() + KEY_WIDTH, y);
    }
    graphics.translate(MARGIN, top());
    drawing.paint(graphics);
    graphics.translate(-MARGIN, -top());
  }

  private static void key(Graphics2D graphics, View.Key key, int x, int y) {
    Color color = Ink.ofCss(key.ink()).color();
    graphics.setColor(color);
    Mark mark = Mark.ofCss(key.mark());
    switch (mark) {
      case LINE, THIN_LINE -> {
        graphics.setStroke(Plot.stroke(mark));
        graphics.drawLine(x + 2, y, x + KEY_WIDTH - 10, y);
        graphics.setStroke(new BasicStroke(1));
      }
      case AREA -> graphics.fillRect(x + 4, y - 9, 18, 18);
      case DOTS, SQUARES, DIAMONDS, TRIANGLES -> Plot.marker(mark).paint(graphics, x + 13, y, 14);
    }
  }
}
