package org.isonorm.spark.grid;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.isonorm.spark.config.GridConfig.Protocol;
import org.isonorm.spark.config.PruningConfig;

/**
 * Asynchronous successive halving (Li et al. 2020, algorithm 2): a free slot lets a trial go on
 * that is among the best 1/reduction of its rung so far, or else starts a new one. When nothing
 * else is left and no trial has trained all its epochs, the best of the highest rung goes on.
 * Trials are compared within their protocol. Which trials go on depends on the order in which they
 * end.
 */
final class SuccessiveHalving implements TrialQueue {
  private final PruningConfig pruning;
  private final Budget budget;
  private final Deque<Trial> waiting;
  private final Map<Protocol, List<Rung>> rungs = new EnumMap<>(Protocol.class);
  private final Set<Protocol> done = EnumSet.noneOf(Protocol.class);
  private int running;
  private boolean stopped;

  /** A trial that reached a rung, and its validation accuracy there; -1 if it diverged. */
  private record Arrival(Trial trial, double accuracy) {}

  /** The trials that trained so many epochs. */
  private static final class Rung {
    private final int number;
    private final List<Arrival> arrivals = new ArrayList<>();
    private final Set<Trial> promoted = new HashSet<>();

    Rung(int number) {
      this.number = number;
    }

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

  /**
   * Epochs that a trial is trained on average, if one of so many goes on at every rung.
   *
   * @param trials that are compared with each other
   * @param epochs of a whole trial
   */
  static double expectedEpochs(int trials, int epochs, PruningConfig pruning) {
    double sum = 0;
    double going = trials;
    int before = 0;
    for (double rung = pruning.firstRungEpochs(); before < epochs; rung *= pruning.reduction()) {
      int until = (int) Math.min(rung, epochs);
      sum += going * (until - before);
      before = until;
      going = Math.max(1, Math.floor(going / pruning.reduction()));
    }
    return sum / trials;
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
    for (Protocol protocol : rungs.keySet()) {
      for (Rung rung : highestFirst(protocol)) {
        Optional<Work> work = promote(rung, rung.arrivals.size() / pruning.reduction());
        if (work.isPresent()) {
          return work;
        }
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
    if (running > 0 || !waiting.isEmpty() || !budget.inTime()) {
      return Optional.empty();
    }
    for (Protocol protocol : rungs.keySet()) {
      if (!done.contains(protocol)) {
        for (Rung rung : highestFirst(protocol)) {
          Optional<Work> work = promote(rung, 1);
          if (work.isPresent()) {
            return work;
          }
        }
      }
    }
    return Optional.empty();
  }

  private List<Rung> highestFirst(Protocol protocol) {
    List<Rung> reversed = new ArrayList<>(rungs.get(protocol));
    Collections.reverse(reversed);
    return reversed;
  }

  private Optional<Work> promote(Rung rung, int best) {
    Optional<Trial> candidate = rung.candidate(best);
    candidate.ifPresent(rung.promoted::add);
    return candidate.map(
        trial -> new Work(trial, Math.min(epochsOf(rung.number + 1), trial.epochs())));
  }

  private void recordAll(Trial trial, TrialResult result) {
    int rung = 0;
    while (epochsOf(rung) < Math.min(result.epochsDone(), trial.epochs())) {
      rung(trial, rung).arrivals.add(new Arrival(trial, result.accuracyAfter(epochsOf(rung))));
      rung(trial, rung).promoted.add(trial);
      rung++;
    }
    record(trial, result, rung);
  }

  private void record(Trial trial, TrialResult result, int rung) {
    switch (result.status()) {
      case DONE -> done.add(trial.protocol());
      case DIVERGED -> rung(trial, rung).arrivals.add(new Arrival(trial, -1));
      case PRUNED ->
          rung(trial, rung)
              .arrivals
              .add(new Arrival(trial, result.accuracyAfter(result.epochsDone())));
      case FAILED -> {
        // Says nothing about its point.
      }
    }
  }

  private Rung rung(Trial trial, int number) {
    List<Rung> own = rungs.computeIfAbsent(trial.protocol(), protocol -> new ArrayList<>());
    while (own.size() <= number) {
      own.add(new Rung(own.size()));
    }
    return own.get(number);
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
