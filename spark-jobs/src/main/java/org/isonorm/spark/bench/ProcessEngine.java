package org.isonorm.spark.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.Precision;

/**
 * The network in another engine, in a process a worker that runs a program of bench/: it warms up,
 * says {@code ready VERSION PARAMETERS}, and answers a number of steps with the seconds of one.
 */
final class ProcessEngine implements PeerEngine {
  private static final String READY = "ready";
  private static final String CANNOT = "Cannot ";
  private static final String ENDED = "its process has ended (its own messages are above)";

  private final List<Worker> workers = new ArrayList<>();
  private final String peer;
  private final String name;
  private final Precision precision;

  /** A process and its two ends. */
  private record Worker(Process process, Writer requests, BufferedReader answers) {}

  /** Starts a worker's process. */
  @FunctionalInterface
  interface Start {
    Process process() throws IOException;
  }

  /**
   * Starts the processes, which warm up.
   *
   * @param peer as it is called in sentences
   * @param name of the engine, from its version
   * @param precision of activations
   * @throws IllegalStateException in a sentence, if the engine or this machine cannot
   */
  ProcessEngine(
      String peer,
      UnaryOperator<String> name,
      Precision precision,
      BenchmarkSettings settings,
      Start start) {
    this.peer = peer;
    this.precision = precision;
    try {
      for (int worker = 0; worker < settings.workers(); worker++) {
        Process process = start.process();
        workers.add(
            new Worker(
                process,
                process.outputWriter(StandardCharsets.UTF_8),
                process.inputReader(StandardCharsets.UTF_8)));
      }
      String version = "";
      for (Worker worker : workers) {
        version = version(peer, answer(worker), settings.network());
      }
      this.name = name.apply(version);
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot start %s: %s", peer, e.getMessage()), e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * A program with this process's environment, but for how threads wait: bin/isonorm's do as suits
   * ours, another engine's as they do elsewhere. What it says on stderr is seen.
   */
  static ProcessBuilder program(List<String> command) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().remove("GOMP_SPINCOUNT");
    return builder;
  }

  /**
   * The version in a worker's answer, {@code ready VERSION PARAMETERS}.
   *
   * @throws IllegalStateException if the worker trains another number of parameters, or cannot:
   *     then with its own words
   */
  static String version(String peer, String answer, NetworkDefinition network) {
    if (answer.startsWith(CANNOT)) {
      throw new IllegalStateException(answer);
    }
    String[] words = answer.split(" ");
    long expected = Networks.topology(network).trainedParameters();
    if (words.length != 3 || !words[0].equals(READY) || Long.parseLong(words[2]) != expected) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot compare with %s: it answered '%s', expected '%s VERSION %d' (its network"
                  + " is another one)",
              peer,
              answer,
              READY,
              expected));
    }
    return words[1];
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Precision precision() {
    return precision;
  }

  @Override
  public double run(int steps) {
    try {
      for (Worker worker : workers) {
        worker.requests().write(steps + "\n");
        worker.requests().flush();
      }
      double slowest = 0;
      for (Worker worker : workers) {
        slowest = Math.max(slowest, Double.parseDouble(answer(worker)));
      }
      return slowest;
    } catch (IOException e) {
      // A process that has ended takes no more requests, or gives no answer.
      throw new UncheckedIOException("Cannot time " + peer + ": " + ENDED, e);
    }
  }

  private String answer(Worker worker) throws IOException {
    String answer = worker.answers().readLine();
    if (answer == null) {
      throw new IOException(ENDED);
    }
    return answer;
  }

  @Override
  public void close() {
    workers.forEach(worker -> worker.process().destroy());
  }
}
