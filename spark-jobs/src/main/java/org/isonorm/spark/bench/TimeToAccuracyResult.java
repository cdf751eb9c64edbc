package org.isonorm.spark.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.isonorm.spark.run.Sample;

/**
 * What a race to an accuracy came to.
 *
 * @param recipe the run's name
 * @param precision of activations
 * @param batch examples a step
 * @param trainingExamples images trained on
 * @param validationExamples images held out and evaluated after every epoch, 0 for none
 * @param testExamples images evaluated after the last epoch
 * @param threads of each engine
 * @param target accuracy to be reached
 * @param engines a row each
 * @param runs all of them, in the order of time
 * @param missingPeers the peers that were not timed
 * @param notes what is to be known of the peers, in sentences
 */
public record TimeToAccuracyResult(
    String recipe,
    String network,
    String dataset,
    String precision,
    int epochs,
    int batch,
    long trainingExamples,
    long validationExamples,
    long testExamples,
    int threads,
    double target,
    List<Engine> engines,
    List<AccuracyRun> runs,
    List<BenchmarkResult.MissingPeer> missingPeers,
    List<String> notes) {
  /**
   * An engine, over its runs: means, and standard deviations of the sample, which one run has not.
   *
   * @param n runs
   * @param reached runs that reached the target
   * @param secondsToTarget of training, the mean over these; absent for none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Engine(
      String name,
      int n,
      double accuracy,
      Double accuracyDeviation,
      Double augmentedAccuracy,
      Double augmentedDeviation,
      int reached,
      Double secondsToTarget,
      double trainingSeconds,
      double seconds) {
    private static Engine of(String name, List<AccuracyRun> runs, double target) {
      double[] plain = runs.stream().mapToDouble(AccuracyRun::accuracy).toArray();
      double[] augmented =
          runs.stream()
              .filter(run -> run.augmentedAccuracy() != null)
              .mapToDouble(AccuracyRun::augmentedAccuracy)
              .toArray();
      double[] toTarget =
          runs.stream()
              .map(run -> run.secondsTo(target))
              .filter(OptionalDouble::isPresent)
              .mapToDouble(OptionalDouble::getAsDouble)
              .toArray();
      return new Engine(
          name,
          runs.size(),
          Sample.mean(plain),
          known(Sample.deviation(plain)),
          known(Sample.mean(augmented)),
          known(Sample.deviation(augmented)),
          toTarget.length,
          known(Sample.mean(toTarget)),
          mean(runs.stream().mapToDouble(AccuracyRun::trainingSeconds).toArray()),
          mean(runs.stream().mapToDouble(AccuracyRun::seconds).toArray()));
    }

    private static double mean(double[] values) {
      return Arrays.stream(values).average().orElseThrow();
    }

    private static Double known(double value) {
      return Double.isFinite(value) ? value : null;
    }
  }

  /** The engines of some runs, in the order in which they first ran. */
  static List<Engine> engines(List<AccuracyRun> runs, double target) {
    Map<String, List<AccuracyRun>> byEngine =
        runs.stream()
            .collect(
                Collectors.groupingBy(
                    AccuracyRun::engine, LinkedHashMap::new, Collectors.toList()));
    return byEngine.entrySet().stream()
        .map(engine -> Engine.of(engine.getKey(), engine.getValue(), target))
        .toList();
  }
}
