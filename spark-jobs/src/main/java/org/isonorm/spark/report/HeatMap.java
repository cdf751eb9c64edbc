package org.isonorm.spark.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;

/**
 * Validation accuracy over learning rate × γ: a row a learning rate, a column a γ; in each cell the
 * mean over seeds, its spread and how many trials it is of. The best γ of a learning rate has a
 * frame, the one of all a double frame; what diverged is hatched.
 *
 * @param lowest the accuracy where the colours begin, NaN where there is none
 * @param highest the accuracy where they end, which is the best of all
 */
record HeatMap(GridSlice slice, double lowest, double highest) implements Drawing {
  private static final int LEFT = 170;
  private static final int BOTTOM = 92;
  private static final int SCALE_GAP = 40;
  private static final int SCALE_WIDTH = 30;
  private static final int SCALE_SPACE = SCALE_GAP + SCALE_WIDTH + 130;
  private static final int ROW_HEIGHT = 124;

  /** What the axes' titles need, however few the cells are. */
  private static final int LEAST_WIDTH = 640;

  private static final int LEAST_HEIGHT = 190;
  private static final int HATCH = 18;
  private static final Font VALUE = new Font(Font.SANS_SERIF, Font.BOLD, 30);
  private static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 20);
  private static final Font TICKS = new Font(Font.SANS_SERIF, Font.PLAIN, 25);
  private static final Font TITLES = new Font(Font.SANS_SERIF, Font.PLAIN, 25);
  private static final Color FRAME = new Color(0xD64A00);
  private static final Color DIVERGED = new Color(0x4A0E16);
  private static final Color DIVERGED_LINES = new Color(0xA83A48);
  private static final Color DIVERGED_TEXT = new Color(0xFFF1F2);

  /** A plane by itself. */
  static HeatMap of(GridSlice slice) {
    return of(List.of(slice)).get(0);
  }

  /** Planes beside each other, in the same colours. */
  static List<HeatMap> of(List<GridSlice> all) {
    DoubleSummaryStatistics means =
        all.stream()
            .flatMap(each -> each.rates().stream().flatMap(rate -> each.row(rate).stream()))
            .mapToDouble(GridSlice.Point::mean)
            .filter(Double::isFinite)
            .summaryStatistics();
    double lowest = means.getCount() == 0 ? Double.NaN : means.getMin();
    double highest = means.getCount() == 0 ? Double.NaN : means.getMax();
    return all.stream().map(slice -> new HeatMap(slice, lowest, highest)).toList();
  }

  private int columnWidth() {
    int columns = slice.gammas().size();
    return Math.max(LEAST_WIDTH / columns, Math.max(150, Math.min(230, 1380 / columns)));
  }

  private int rowHeight() {
    return Math.max(LEAST_HEIGHT / slice.rates().size(), ROW_HEIGHT);
  }

  @Override
  public int width() {
    return LEFT + columnWidth() * slice.gammas().size() + SCALE_SPACE;
  }

  @Override
  public int height() {
    return rowHeight() * slice.rates().size() + BOTTOM + 10;
  }

  @Override
  public void paint(Graphics2D graphics) {
    for (int row = 0; row < slice.rates().size(); row++) {
      String rate = slice.rates().get(row);
      List<GridSlice.Point> ranked = slice.contenders(rate);
      for (int column = 0; column < slice.gammas().size(); column++) {
        GridSlice.Point point = slice.at(rate, slice.gammas().get(column));
        boolean best = !ranked.isEmpty() && ranked.get(0).gamma().equals(point.gamma());
        cell(graphics, point, row, column);
        if (best) {
          frame(graphics, row, column, point.mean() == highest);
        }
      }
    }
    axes(graphics);
    if (Double.isFinite(highest)) {
      scale(graphics);
    }
  }

  private void cell(Graphics2D graphics, GridSlice.Point point, int row, int column) {
    Rectangle2D box =
        new Rectangle2D.Double(
            LEFT + columnWidth() * column + 2,
            rowHeight() * row + 7,
            columnWidth() - 4,
            rowHeight() - 4);
    double x = box.getCenterX();
    double y = box.getCenterY();
    int diverged = point.count("diverged");
    double mean = point.mean();
    if (Double.isFinite(mean)) {
      Color ground = Shades.of(highest > lowest ? (mean - lowest) / (highest - lowest) : 1);
      graphics.setColor(ground);
      graphics.fill(box);
      if (diverged > 0) {
        Rectangle2D foot =
            new Rectangle2D.Double(box.getX(), box.getMaxY() - 30, box.getWidth(), 30);
        hatch(graphics, foot);
        graphics.setColor(DIVERGED_TEXT);
        Letters.centred(
            graphics,
            SMALL,
            diverged + " of " + point.trials().size() + " diverged",
            x,
            box.getMaxY() - 8);
        y -= 15;
      }
      graphics.setColor(Shades.textOn(ground));
      Letters.centred(graphics, VALUE, percent(mean), x, y + 3);
      int n = point.accuracies().length;
      String spread =
          Double.isFinite(point.deviation()) ? "± " + percent(point.deviation()) + ", " : "";
      String pruned = n < point.seeds() && diverged == 0 ? " of " + point.seeds() : "";
      Letters.centred(graphics, SMALL, spread + "n = " + n + pruned, x, y + 32);
    } else if (diverged > 0) {
      hatch(graphics, box);
      graphics.setColor(DIVERGED_TEXT);
      Letters.centred(graphics, VALUE, "diverged", x, y + 3);
      Letters.centred(
          graphics, SMALL, diverged + " of " + Words.plural(point.seeds(), "seed"), x, y + 32);
    } else {
      graphics.setColor(Ink.GRID.color());
      graphics.setStroke(
          new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, new float[] {8}, 0));
      graphics.draw(box);
      graphics.setColor(Ink.TEXT.color());
      String why =
          point.count("failed") > 0 ? "failed" : point.count("pruned") > 0 ? "pruned" : "not run";
      Letters.centred(graphics, SMALL, why, x, y + 7);
    }
  }

  private static void hatch(Graphics2D graphics, Rectangle2D box) {
    graphics.setColor(DIVERGED);
    graphics.fill(box);
    Shape clip = graphics.getClip();
    graphics.clip(box);
    graphics.setColor(DIVERGED_LINES);
    graphics.setStroke(new BasicStroke(2));
    for (double x = box.getX() - box.getHeight(); x < box.getMaxX(); x += HATCH) {
      graphics.draw(new Line2D.Double(x, box.getMaxY(), x + box.getHeight(), box.getY()));
    }
    graphics.setClip(clip);
  }

  private void frame(Graphics2D graphics, int row, int column, boolean ofAll) {
    int x = LEFT + columnWidth() * column;
    int y = rowHeight() * row + 5;
    graphics.setColor(FRAME);
    graphics.setStroke(new BasicStroke(5));
    graphics.draw(new Rectangle2D.Double(x + 4.5, y + 4.5, columnWidth() - 9, rowHeight() - 9));
    if (ofAll) {
      graphics.setStroke(new BasicStroke(3));
      graphics.draw(
          new Rectangle2D.Double(x + 11.5, y + 11.5, columnWidth() - 23, rowHeight() - 23));
    }
  }

  private void axes(Graphics2D graphics) {
    graphics.setColor(Ink.TEXT.color());
    for (int row = 0; row < slice.rates().size(); row++) {
      Letters.right(
          graphics, TICKS, slice.rates().get(row), LEFT - 16, rowHeight() * (row + 0.5) + 14);
    }
    int below = rowHeight() * slice.rates().size() + 40;
    for (int column = 0; column < slice.gammas().size(); column++) {
      Letters.centred(
          graphics,
          TICKS,
          slice.gammas().get(column),
          LEFT + columnWidth() * (column + 0.5),
          below);
    }
    Letters.centred(
        graphics,
        TITLES,
        "γ (init-gamma; the weights' variance is 2/(γ m))",
        LEFT + columnWidth() * slice.gammas().size() / 2.0,
        below + 40);
    Letters.upwards(
        graphics, TITLES, "learning rate", 30, rowHeight() * slice.rates().size() / 2.0 + 5);
  }

  private void scale(Graphics2D graphics) {
    int x = LEFT + columnWidth() * slice.gammas().size() + SCALE_GAP;
    int height = rowHeight() * slice.rates().size() - 4;
    int steps = 64;
    for (int step = 0; step < steps; step++) {
      graphics.setColor(Shades.of((step + 0.5) / steps));
      double top = 7 + height - (step + 1) * (double) height / steps;
      graphics.fill(
          new Rectangle2D.Double(
              x, top, SCALE_WIDTH, (double) height / steps + (step > 0 ? 1 : 0)));
    }
    graphics.setColor(Ink.TEXT.color());
    Letters.left(graphics, SMALL, percent(highest), x + SCALE_WIDTH + 10, 26);
    Letters.left(graphics, SMALL, percent(lowest), x + SCALE_WIDTH + 10, height + 6);
    // Below, where it cannot meet the numbers however few the rows are.
    Letters.left(graphics, SMALL, "validation", x, height + 40);
    Letters.left(graphics, SMALL, "accuracy (%)", x, height + 64);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }
}
