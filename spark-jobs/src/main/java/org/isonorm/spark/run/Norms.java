package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * What norms.csv says: figures of every layer after so many averaging rounds.
 *
 * @param rounds by number, 0 the start
 */
public record Norms(TreeMap<Long, Map<String, double[]>> rounds) {
  public static final String ACTIVATION = "activationNorm";
  public static final String ERROR = "errorNorm";
  public static final String UPDATE_RATIO = "updateRatio";
  public static final String EFFECTIVE_RATE = "effectiveLearningRate";
  public static final String NORM_RATIO = "normToEquilibrium";
  public static final String WARMUP_FRACTION = "warmupFraction";
  public static final String WARMUP_STEPS = "warmupSteps";
  public static final String ROTATION_RATIO = "rotationToEquilibrium";

  public static Norms none() {
    return new Norms(new TreeMap<>());
  }

  /**
   * Loads norms.csv.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  public static Norms load(Path file) throws IOException {
    TreeMap<Long, Map<String, List<Double>>> lists = new TreeMap<>();
    for (NormsRow row : NormsRow.TABLE.read(file, "round", "layer", "name", "value")) {
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

  public boolean isEmpty() {
    return rounds.isEmpty();
  }

  /** Whether there is such a figure: runs of older versions lack some. */
  public boolean has(String name) {
    return rounds.values().stream().anyMatch(figures -> figures.containsKey(name));
  }

  /** The median over the layers that have such a figure, NaN if none has. */
  public double median(long round, String name) {
    return new Median()
        .evaluate(DoubleStream.of(values(round, name)).filter(Double::isFinite).toArray());
  }

  /** A figure of every layer in forward order, the classifier last. */
  public double[] values(long round, String name) {
    return rounds.get(round).getOrDefault(name, new double[0]);
  }

  /**
   * A norm of every layer before the classifier, over that of the first layer in its direction;
   * norms behind global pooling would be no part of the depth.
   */
  public double[] relative(long round, String name) {
    double[] all = values(round, name);
    double[] norms = DoubleStream.of(all).limit(Math.max(1, all.length - 1)).toArray();
    if (norms.length == 0) {
      return norms;
    }
    double first = norms[name.equals(ERROR) ? norms.length - 1 : 0];
    return DoubleStream.of(norms).map(norm -> norm / first).toArray();
  }

  /** At most so many rounds, evenly spread, the first and the last among them. */
  public List<Long> spread(int most) {
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
