package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/**
 * What norms.csv says: figures of every layer after so many averaging rounds.
 *
 * @param rounds by number, 0 the start
 */
record Norms(TreeMap<Long, Map<String, double[]>> rounds) {
  static final String ACTIVATION = "activationNorm";
  static final String ERROR = "errorNorm";
  static final String UPDATE_RATIO = "updateRatio";
  static final String EFFECTIVE_RATE = "effectiveLearningRate";

  private record Row(long round, String name, double value) {}

  static Norms none() {
    return new Norms(new TreeMap<>());
  }

  /**
   * Loads norms.csv.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  static Norms load(Path file) throws IOException {
    TreeMap<Long, Map<String, List<Double>>> lists = new TreeMap<>();
    for (Row row :
        CsvTable.read(
            file,
            List.of("round", "layer", "name", "value"),
            row -> new Row(row.whole("round"), row.text("name"), row.number("value")))) {
      lists
          .computeIfAbsent(row.round(), round -> new TreeMap<>())
          .computeIfAbsent(row.name(), name -> new ArrayList<>())
          .add(row.value());
    }
    Norms norms = none();
    lists.forEach(
        (round, figures) -> {
          Map<String, double[]> ofRound = new TreeMap<>();
          figures.forEach(
              (name, values) ->
                  ofRound.put(name, values.stream().mapToDouble(value -> value).toArray()));
          norms.rounds().put(round, ofRound);
        });
    return norms;
  }

  boolean isEmpty() {
    return rounds.isEmpty();
  }

  /** A figure of every layer in forward order, the classifier last. */
  double[] values(long round, String name) {
    return rounds.get(round).getOrDefault(name, new double[0]);
  }

  /**
   * A norm of every layer before the classifier, over that of the first layer in its direction;
   * norms behind global pooling would be no part of the depth.
   */
  double[] relative(long round, String name) {
    double[] all = values(round, name);
    double[] norms = DoubleStream.of(all).limit(Math.max(1, all.length - 1)).toArray();
    if (norms.length == 0) {
      return norms;
    }
    double first = norms[name.equals(ERROR) ? norms.length - 1 : 0];
    return DoubleStream.of(norms).map(norm -> norm / first).toArray();
  }

  /** At most so many rounds, evenly spread, the first and the last among them. */
  List<Long> spread(int most) {
    List<Long> all = List.copyOf(rounds.keySet());
    if (all.size() <= most) {
      return all;
    }
    List<Long> chosen = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      chosen.add(all.get((int) Math.round((double) i * (all.size() - 1) / (most - 1))));
    }
    return chosen;
  }
}
