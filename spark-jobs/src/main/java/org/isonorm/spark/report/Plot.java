package org.isonorm.spark.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Curves over a pair of axes, drawn by XChart. Its title and legend are the page's. */
record Plot(Axis x, Axis y, List<Curve> curves) {
  // Twice the size shown, so that the outlines of small letters keep their shape.
  private static final int WIDTH = 1160;
  private static final int HEIGHT = 600;
  private static final Font TICKS = new Font(Font.SANS_SERIF, Font.PLAIN, 23);
  private static final Font TITLES = new Font(Font.SANS_SERIF, Font.PLAIN, 24);
  private static final Color NOTHING = new Color(255, 255, 255, 0);

  /** The share of the plot's width and height between the first and the last position. */
  private static final double FILL = 0.93;

  /**
   * About what the titles and tick labels leave for the plot itself; only steers how many ticks
   * XChart draws.
   */
  private static final double INNER_WIDTH = 0.9 * FILL * WIDTH;

  private static final double INNER_HEIGHT = 0.85 * FILL * HEIGHT;

  /** How a curve is drawn. An area reaches from the curve down to zero, in steps. */
  enum Mark {
    LINE,
    THIN_LINE,
    DOTS,
    AREA
  }

  /** Values in the order of x; a NaN is a gap. */
  record Curve(Ink ink, Mark mark, double[] x, double[] y) {}

  /**
   * Draws the plot as an SVG element for a page.
   *
   * @param id of the element, unique in the page
   * @param description for those who cannot see it
   * @throws IOException if this Java cannot draw
   */
  String svg(String id, String description) throws IOException {
    ByteArrayOutputStream document = new ByteArrayOutputStream();
    try {
      VectorGraphicsEncoder.saveVectorGraphic(chart(), document, VectorGraphicsFormat.SVG);
    } catch (LinkageError | InternalError e) {
      // How Java says that it finds no font library or no font.
      throw new IOException(
          "Cannot draw plots: this Java has no fonts (install fontconfig and a font such as DejaVu)",
          e);
    }
    return Svg.inline(document.toByteArray(), id, description);
  }

  private XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
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
        .setXAxisTickMarkSpacingHint(spacing(x, INNER_WIDTH))
        .setYAxisTickMarkSpacingHint(spacing(y, INNER_HEIGHT))
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
      case LINE -> line(series, color, 4.4f);
      case THIN_LINE -> line(series, curve.ink().translucent(), 2);
      case DOTS -> {
        line(series, color, 0);
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(color);
      }
      case AREA -> {
        line(series, color, 0);
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.StepArea);
        series.setFillColor(color);
      }
    }
  }

  private static void line(XYSeries series, Color color, float width) {
    series.setLineColor(color);
    series.setLineStyle(
        width == 0
            ? SeriesLines.NONE
            : new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
  }

  /** The values of all curves, to choose an axis from. */
  static double[] values(double[]... curves) {
    return Arrays.stream(curves).flatMapToDouble(DoubleStream::of).toArray();
  }
}
