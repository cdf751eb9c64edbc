package org.isonorm.spark.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import javax.imageio.ImageIO;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.NormPropagation;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Norms of activations (solid) and errors (dashed) over depth on a log scale, a colour an
 * initialization, each over the first of its direction: 1 everywhere is the condition met.
 */
public final class NormsPlot {
  private static final int WIDTH = 1100;
  private static final int HEIGHT = 640;

  /** What a log scale shows of a norm of 0. */
  private static final double FLOOR = 1e-30;

  /** Okabe and Ito's colours, told apart by the colour-blind as well. */
  private static final List<Color> COLORS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9),
          new Color(0x000000));

  private static final float[] DASHES = {8, 5};

  private NormsPlot() {}

  /** Fails unless the name ends in .png or .svg. */
  public static void checkName(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".png") && !name.endsWith(".svg")) {
      throw new IllegalArgumentException(
          "Invalid --plot: %s (must end in .png or .svg)".formatted(file));
    }
  }

  /** Draws norms, by the name of the initialization, into a file. */
  public static void write(Path file, String network, Map<String, NormPropagation> norms)
      throws IOException {
    checkName(file);
    XYChart chart = chart(network, norms);
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".svg")) {
      Files.writeString(
          file, Svg.document(WIDTH, HEIGHT, graphics -> chart.paint(graphics, WIDTH, HEIGHT)));
    } else {
      BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = image.createGraphics();
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      chart.paint(graphics, WIDTH, HEIGHT);
      graphics.dispose();
      ImageIO.write(image, "png", file.toFile());
    }
  }

  private static XYChart chart(String network, Map<String, NormPropagation> norms) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(network + ": norms of activations and errors at the start")
            .xAxisTitle("layer (convolutions in forward order)")
            .yAxisTitle("norm / first norm in its direction")
            .build();
    chart
        .getStyler()
        .setYAxisLogarithmic(true)
        .setLocale(Locale.ROOT)
        .setLegendPosition(LegendPosition.OutsideE)
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false);
    chart.getStyler().setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    int color = 0;
    for (Map.Entry<String, NormPropagation> entry : norms.entrySet()) {
      Color ink = COLORS.get(color++ % COLORS.size());
      NormPropagation measured = entry.getValue();
      List<LayerSignals> layers = measured.layers();
      add(
          chart,
          entry.getKey() + ", activations",
          ink,
          null,
          measured.forwardPath(),
          layer -> layers.get(layer).activation().norm());
      add(
          chart,
          entry.getKey() + ", errors",
          ink,
          DASHES,
          measured.backwardPath(),
          layer -> layers.get(layer).error().norm());
    }
    return chart;
  }

  private static void add(
      XYChart chart,
      String name,
      Color ink,
      float[] dashes,
      List<Integer> path,
      IntToDoubleFunction norm) {
    double start = Math.max(FLOOR, norm.applyAsDouble(path.get(0)));
    double[] x = path.stream().mapToDouble(layer -> layer + 1.0).toArray();
    double[] y =
        path.stream()
            .mapToDouble(layer -> Math.max(FLOOR, norm.applyAsDouble(layer) / start))
            .toArray();
    XYSeries series = chart.addSeries(name, x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(ink);
    series.setLineStyle(
        new BasicStroke(2.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dashes, 0));
  }
}
