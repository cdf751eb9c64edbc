package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.spark.report.Plot.Curve;

/** A curve with its words in the legend, "" for none. */
record Named(String label, Curve curve) {
  /** The legend of some curves; none for a single one, whose title says it. */
  static List<View.Key> legend(List<Named> curves) {
    List<View.Key> legend = new ArrayList<>();
    for (Named named : curves) {
      if (!named.label().isEmpty()) {
        legend.add(
            new View.Key(
                named.curve().ink().cssName(), named.curve().mark().cssName(), named.label()));
      }
    }
    return legend.size() == 1 ? List.of() : legend;
  }
}
