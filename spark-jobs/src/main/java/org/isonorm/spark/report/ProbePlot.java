package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.isonorm.spark.report.Plot.Curve;
import org.isonorm.spark.report.Plot.Mark;
import org.isonorm.spark.run.ProbeRow;

/** What a probe saw: the loss of its short runs over their learning rate. */
public final class ProbePlot {
  private ProbePlot() {}

  /** Draws probe.png beside a folder's probe.csv; not where this Java has no fonts. */
  public static void write(Path folder) throws IOException {
    if (Fonts.areThere()) {
      drawing(ProbeRow.TABLE.read(folder.resolve("probe.csv"), "learningRate"))
          .png(folder.resolve("probe.png"));
    }
  }

  static Drawing drawing(List<ProbeRow> runs) {
    List<Named> curves = new ArrayList<>();
    Map<Long, List<ProbeRow>> seeds =
        runs.stream()
            .collect(Collectors.groupingBy(ProbeRow::seed, TreeMap::new, Collectors.toList()));
    seeds.forEach(
        (seed, rows) -> {
          List<ProbeRow> sorted =
              rows.stream()
                  .sorted((a, b) -> Double.compare(a.learningRate(), b.learningRate()))
                  .toList();
          double[] x = sorted.stream().mapToDouble(ProbeRow::learningRate).toArray();
          double[] y = sorted.stream().mapToDouble(ProbeRow::lossOrInfinite).toArray();
          Ink ink = Ink.kind(curves.size());
          curves.add(new Named("seed " + seed, new Curve(ink, Mark.LINE, x, y)));
          curves.add(new Named("", new Curve(ink, Mark.DOTS, x, y)));
        });
    Axis x =
        Axis.logarithmic(
            "learning rate", runs.stream().mapToDouble(ProbeRow::learningRate).toArray());
    Axis y =
        Axis.around(
            "validation loss", runs.stream().mapToDouble(ProbeRow::lossOrInfinite).toArray());
    Plot plot = new Plot(x, y, curves.stream().map(Named::curve).toList());
    String title =
        String.format(
            Locale.ROOT, "Short runs of %d steps, each from its equilibrium", runs.get(0).steps());
    return new Poster(title, Named.legend(curves), plot);
  }
}
