package org.isonorm.spark.grid;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.isonorm.spark.config.PruningConfig;

/**
 * Asynchronous successive halving (Li et al. 2020, algorithm 2): a free slot lets a trial go on
 * that is among the best 1/reduction of its rung so far, or else starts a new one. When nothing
 * else is left and no trial has trained all its epochs, the best of the highest rung goes on. Which
 * trials go on depends on the order in which they end.
 */
final class SuccessiveHalving implements TrialQueue {
  private final PruningConfig pruning;
  private final Budget budget;
  private final Deque<Trial> waiting;
  private final List<Rung> rungs = new ArrayList<>();
  private int running;
  private boolean anyDone;
  private boolean stopped;

  /** A trial that reached a rung, and its validation accuracy there; -1 if it diverged. */
  private record Arrival(Trial trial, double accuracy) {}

  /** The trials that trained so many epochs. */
  private static final class Rung {
    private final List<Arrival> arrivals = new ArrayList<>();
    private final Set<Trial> promoted = new HashSet<>();

    /** The best that has not gone on, among the best so many. */
    Optional<Trial> candidate(int best) {
      return arrivals.stream()
          .sorted(Comparator.comparingDouble(Arrival::accuracy).reversed())
          .limit(best)
          .filter(arrival -> arrival.accuracy() >= 0 && !promoted.contains(arrival.trial()))
          .map(Arrival::trial)
          .findFirst();
    }
  }

  /**
   * A queue that goes on from earlier results.
   *
   * @param trials all trials of the grid
   * @param earlier the results there are
   */
  SuccessiveHalving(
      List<Trial> trials, Collection<TrialResult> earlier, PruningConfig pruning, Budget budget) {
    this.pruning = pruning;
    this.budget = budget;
    Map<String, TrialResult> results =
        earlier.stream().collect(Collectors.toMap(TrialResult::trial, Function.identity()));
    this.waiting = new ArrayDeque<>();
    for (Trial trial : trials) {
      TrialResult result = results.get(trial.name());
      if (result == null) {
        waiting.add(trial);
      } else {
        recordAll(trial, result);
      }
    }
  }

  @Override
  public synchronized Optional<Work> next() throws InterruptedException {
    while (!stopped) {
      Optional<Work> work = promotion().or(this::fresh).or(this::lastPromotion);
      if (work.isPresent()) {
        running++;
        return work;
      }
      if (running == 0) {
        return Optional.empty();
      }
      wait();
    }
    return Optional.empty();
  }

  @Override
  public synchronized void stop() {
    stopped = true;
    notifyAll();
  }

  @Override
  public synchronized void ended(Work work, TrialResult result) {
    running--;
    record(work.trial(), result, rungOf(work.epochs()));
    notifyAll();
  }

  private Optional<Work> promotion() {
    if (!budget.inTime()) {
      return Optional.empty();
    }
    for (int rung = rungs.size() - 1; rung >= 0; rung--) {
      Optional<Work> work = promote(rung, rungs.get(rung).arrivals.size() / pruning.reduction());
      if (work.isPresent()) {
        return work;
      }
    }
    return Optional.empty();
  }

  private Optional<Work> fresh() {
    if (waiting.isEmpty() || !budget.allows()) {
      return Optional.empty();
    }
    budget.spend();
    Trial trial = waiting.remove();
    return Optional.of(new Work(trial, Math.min(epochsOf(0), trial.epochs())));
  }

  private Optional<Work> lastPromotion() {
    if (running > 0 || anyDone || !waiting.isEmpty() || !budget.inTime()) {
      return Optional.empty();
    }
    for (int rung = rungs.size() - 1; rung >= 0; rung--) {
      Optional<Work> work = promote(rung, 1);
      if (work.isPresent()) {
        return work;
      }
    }
    return Optional.empty();
  }

  private Optional<Work> promote(int rung, int best) {
    Optional<Trial> candidate = rungs.get(rung).candidate(best);
    candidate.ifPresent(rungs.get(rung).promoted::add);
    return candidate.map(trial -> new Work(trial, Math.min(epochsOf(rung + 1), trial.epochs())));
  }

  private void recordAll(Trial trial, TrialResult result) {
    int rung = 0;
    while (epochsOf(rung) < Math.min(result.epochsDone(), trial.epochs())) {
      rung(rung).arrivals.add(new Arrival(trial, result.accuracyAfter(epochsOf(rung))));
      rung(rung).promoted.add(trial);
      rung++;
    }
    record(trial, result, rung);
  }

  private void record(Trial trial, TrialResult result, int rung) {
    switch (result.status()) {
      case DONE -> anyDone = true;
      case DIVERGED -> rung(rung).arrivals.add(new Arrival(trial, -1));
      case PRUNED ->
          rung(rung).arrivals.add(new Arrival(trial, result.accuracyAfter(result.epochsDone())));
      case FAILED -> {
        // Says nothing about its point.
      }
    }
  }

  private Rung rung(int number) {
    while (rungs.size() <= number) {
      rungs.add(new Rung());
    }
    return rungs.get(number);
  }

  private int rungOf(int epochs) {
    int rung = 0;
    while (epochsOf(rung) < epochs) {
      rung++;
    }
    return rung;
  }

  /** The epochs before a rung. */
  private int epochsOf(int rung) {
    double epochs = pruning.firstRungEpochs() * Math.pow(pruning.reduction(), rung);
    return (int) Math.min(epochs, Integer.MAX_VALUE);
  }
}
