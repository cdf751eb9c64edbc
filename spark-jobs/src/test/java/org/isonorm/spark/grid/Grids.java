package org.isonorm.spark.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.EpochMetrics;

/** Grids whose trials are never really trained. */
final class Grids {
  private Grids() {}

  /** Two learning rates, two gammas, two epochs; one seed. */
  static IsonormConfig config(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "run.name=test",
                "training.epochs=2",
                "grid.axes.optimizer.learning-rate=[0.1, 0.01]",
                "grid.axes.initialization.init-gamma=[0.4, 4]"));
    all.addAll(Arrays.asList(settings));
    return IsonormConfig.load(Optional.empty(), all);
  }

  /** So many epochs of ten seconds whose validation accuracies end with the one given. */
  static List<EpochMetrics> history(int epochs, double accuracy) {
    return IntStream.rangeClosed(1, epochs)
        .mapToObj(
            epoch ->
                new EpochMetrics(
                    epoch,
                    10L * epoch,
                    .1,
                    2,
                    .2,
                    2,
                    accuracy - (epochs - epoch) / 100.,
                    epoch,
                    10. * epoch))
        .toList();
  }
}
