package org.isonorm.spark.report;

import java.awt.Font;
import java.awt.Graphics2D;
import java.util.List;

/**
 * Plots side by side under a title each.
 *
 * @param titles of the columns
 * @param rows of plots of one size, as many in a row as there are titles
 */
record Panels(List<String> titles, List<List<Plot>> rows) implements Drawing {
  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 25);
  private static final int TITLE_HEIGHT = 44;
  private static final int GAP = 24;

  private int cellWidth() {
    return rows.get(0).get(0).width() + GAP;
  }

  private int cellHeight() {
    return rows.get(0).get(0).height() + GAP;
  }

  @Override
  public int width() {
    return cellWidth() * titles.size() - GAP;
  }

  @Override
  public int height() {
    return TITLE_HEIGHT + cellHeight() * rows.size() - GAP;
  }

  @Override
  public void paint(Graphics2D graphics) {
    for (int column = 0; column < titles.size(); column++) {
      graphics.setColor(Ink.TEXT.color());
      Letters.centred(graphics, TITLE, titles.get(column), cellWidth() * (column + 0.5) + 20, 28);
    }
    for (int row = 0; row < rows.size(); row++) {
      for (int column = 0; column < titles.size(); column++) {
        int x = cellWidth() * column;
        int y = TITLE_HEIGHT + cellHeight() * row;
        Graphics2D part = (Graphics2D) graphics.create();
        part.translate(x, y);
        rows.get(row).get(column).paint(part);
        part.dispose();
      }
    }
  }
}
