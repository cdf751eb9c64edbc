package org.isonorm.spark.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Curves over a pair of axes, drawn by XChart. Its title and legend are the page's. */
record Plot(Axis x, Axis y, List<Curve> curves, int width, int height) implements Drawing {
  // Twice the size shown, so that the outlines of small letters keep their shape.
  private static final int WIDTH = 1160;
  private static final int HEIGHT = 600;
  private static final Font TICKS = new Font(Font.SANS_SERIF, Font.PLAIN, 23);
  private static final Font TITLES = new Font(Font.SANS_SERIF, Font.PLAIN, 24);
  private static final Color NOTHING = new Color(255, 255, 255, 0);

  /** The share of the plot's width and height between the first and the last position. */
  private static final double FILL = 0.93;

  /**
   * About the shares that the titles and tick labels leave for the plot itself; only steers how
   * many ticks XChart draws.
   */
  private static final double INNER_WIDTH = 0.9 * FILL;

  private static final double INNER_HEIGHT = 0.85 * FILL;

  /** How a curve is drawn. An area reaches from the curve down to zero, in steps. */
  enum Mark {
    LINE,
    THIN_LINE,
    DOTS,
    SQUARES,
    DIAMONDS,
    TRIANGLES,
    AREA;

    private static final List<Mark> SHAPES = List.of(DOTS, SQUARES, TRIANGLES, DIAMONDS);

    /** The shape of the i-th thing among different ones; after the last they begin again. */
    static Mark shape(int i) {
      return SHAPES.get(i % SHAPES.size());
    }

    String cssName() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The mark of a CSS class. */
    static Mark ofCss(String cssName) {
      return valueOf(cssName.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }

  /** Values in the order of x; a NaN is a gap. */
  record Curve(Ink ink, Mark mark, double[] x, double[] y) {}

  /** A plot of the usual size. */
  Plot(Axis x, Axis y, List<Curve> curves) {
    this(x, y, curves, WIDTH, HEIGHT);
  }

  @Override
  public void paint(Graphics2D graphics) {
    chart().paint(graphics, width, height);
  }

  private XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(width)
            .height(height)
            .xAxisTitle(x.title())
            .yAxisTitle(y.title())
            .build();
    XYStyler style = chart.getStyler();
    style
        .setLegendVisible(false)
        .setChartTitleVisible(false)
        .setChartBackgroundColor(NOTHING)
        .setPlotBackgroundColor(NOTHING)
        .setPlotBorderVisible(false)
        .setPlotContentSize(FILL)
        .setChartFontColor(Ink.TEXT.color())
        .setChartPadding(10)
        .setMarkerSize(11);
    style
        .setLocale(Locale.ROOT)
        .setAxisTitleFont(TITLES)
        .setAxisTickLabelsFont(TICKS)
        .setAxisTickLabelsColor(Ink.TEXT.color())
        .setAxisTicksMarksVisible(false)
        .setAxisTicksLineVisible(false)
        .setAxisTickPadding(12)
        .setAxisTitlePadding(16)
        .setPlotMargin(0)
        .setPlotGridLinesColor(Ink.GRID.color())
        .setPlotGridLinesStroke(new BasicStroke(2))
        .setPlotGridVerticalLinesVisible(false)
        .setYAxisLabelAlignment(XYStyler.TextAlignment.Right)
        .setXAxisMin(x.from())
        .setXAxisMax(x.to())
        .setYAxisMin(y.from())
        .setYAxisMax(y.to())
        .setXAxisTickMarkSpacingHint(spacing(x, INNER_WIDTH * width))
        .setYAxisTickMarkSpacingHint(spacing(y, INNER_HEIGHT * height))
        .setxAxisTickLabelsFormattingFunction(x::tick)
        .setyAxisTickLabelsFormattingFunction(y::tick);
    for (Curve curve : curves) {
      add(chart, curve);
    }
    // XChart puts ticks at the data when they are equally spaced; these two points, never drawn,
    // see that they are not.
    chart
        .addSeries(
            "guard",
            new double[] {x.from(), x.from() + (x.to() - x.from()) / Math.PI},
            new double[] {Double.NaN, Double.NaN})
        .setMarker(SeriesMarkers.NONE);
    return chart;
  }

  /** The pixels between two whole positions, XChart's measure of how dense ticks should be. */
  private static int spacing(Axis axis, double pixels) {
    return (int) Math.min(pixels / (axis.to() - axis.from()), 0.9 * pixels);
  }

  private void add(XYChart chart, Curve curve) {
    double[] ys = y.positions(curve.y());
    if (ys.length == 0) {
      return;
    }
    double[] xs = x.positions(curve.x());
    XYSeries series = chart.addSeries("curve " + chart.getSeriesMap().size(), xs, ys);
    Color color = curve.ink().color();
    series.setMarker(SeriesMarkers.NONE);
    switch (curve.mark()) {
      case LINE -> line(series, color, stroke(curve.mark()));
      case THIN_LINE -> line(series, curve.ink().translucent(), stroke(curve.mark()));
      case DOTS, SQUARES, DIAMONDS, TRIANGLES -> {
        line(series, color, SeriesLines.NONE);
        series.setMarker(marker(curve.mark()));
        series.setMarkerColor(color);
      }
      case AREA -> {
        line(series, color, SeriesLines.NONE);
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.StepArea);
        series.setFillColor(color);
      }
    }
  }

  private static void line(XYSeries series, Color color, BasicStroke stroke) {
    series.setLineColor(color);
    series.setLineStyle(stroke);
  }

  /** How a line is drawn. */
  static BasicStroke stroke(Mark mark) {
    return switch (mark) {
      case THIN_LINE -> new BasicStroke(2, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
      default -> new BasicStroke(4.4f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    };
  }

  /** How a value is drawn. */
  static Marker marker(Mark mark) {
    return switch (mark) {
      case SQUARES -> SeriesMarkers.SQUARE;
      case DIAMONDS -> SeriesMarkers.DIAMOND;
      case TRIANGLES -> SeriesMarkers.TRIANGLE_UP;
      default -> SeriesMarkers.CIRCLE;
    };
  }

  /** The values of all curves, to choose an axis from. */
  static double[] values(double[]... curves) {
    return Arrays.stream(curves).flatMapToDouble(DoubleStream::of).toArray();
  }
}
