package org.isonorm.spark.report;

import java.awt.Font;
import java.awt.Graphics2D;
import java.util.List;

/** Planes of learning rate × γ beside each other, in the same colours, under a title each. */
record HeatMaps(List<HeatMap> maps) implements Drawing {
  private static final int COLUMNS = 3;
  private static final double SCALE = 0.55;
  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 20);
  private static final int LINE_HEIGHT = 28;
  private static final int GAP = 36;

  private int columns() {
    return Math.min(COLUMNS, maps.size());
  }

  private int mapWidth() {
    return (int) Math.ceil(SCALE * maps.get(0).width());
  }

  private int cellHeight() {
    return titleLines() * LINE_HEIGHT + (int) Math.ceil(SCALE * maps.get(0).height()) + GAP;
  }

  @Override
  public int width() {
    return columns() * (mapWidth() + GAP) - GAP;
  }

  @Override
  public int height() {
    int rows = (maps.size() + columns() - 1) / columns();
    return rows * cellHeight() - GAP + 8;
  }

  @Override
  public void paint(Graphics2D graphics) {
    for (int i = 0; i < maps.size(); i++) {
      Graphics2D part = (Graphics2D) graphics.create();
      part.translate(i % columns() * (mapWidth() + GAP), i / columns() * cellHeight());
      List<String> lines = lines(maps.get(i).slice());
      part.setColor(Ink.TEXT.color());
      for (int line = 0; line < lines.size(); line++) {
        Letters.left(part, TITLE, lines.get(line), 0, 22 + LINE_HEIGHT * (double) line);
      }
      part.translate(0, titleLines() * LINE_HEIGHT);
      part.scale(SCALE, SCALE);
      maps.get(i).paint(part);
      part.dispose();
    }
  }

  private int titleLines() {
    return maps.stream().mapToInt(map -> lines(map.slice()).size()).max().orElse(1);
  }

  /** The other axes' values, one a line where they are too many for the width. */
  private List<String> lines(GridSlice slice) {
    String words = slice.words().replaceFirst("^ · ", "");
    return Letters.width(TITLE, words) <= mapWidth() ? List.of(words) : List.of(words.split(", "));
  }
}
