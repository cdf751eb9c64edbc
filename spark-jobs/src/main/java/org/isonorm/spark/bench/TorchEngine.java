package org.isonorm.spark.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.NetworkFamily;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.step.OptimizerSettings;

/**
 * The network in PyTorch, in a process a worker that runs bench/torch_step.py and has this
 * process's environment, with its allocator settings.
 */
final class TorchEngine implements PeerEngine {
  /** What to do where there is none. */
  static final String MISSING =
      "PyTorch was not found, so it is left out: apt-get install python3-torch";

  private static final String SCRIPT = "torch_step.py";

  /** The second is where Debian's packages are found if another Python comes first. */
  private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");

  private static final String READY = "ready";

  private final List<Worker> workers = new ArrayList<>();

  /** A process and its two ends. */
  private record Worker(Process process, Writer requests, BufferedReader answers) {}

  private String version;

  private TorchEngine() {}

  /** Starts and warms up PyTorch, or returns nothing where no Python has it. */
  static Optional<TorchEngine> start(BenchmarkSettings settings) {
    return PYTHONS.stream()
        .filter(TorchEngine::hasTorch)
        .findFirst()
        .map(python -> start(python, settings));
  }

  private static boolean hasTorch(String python) {
    try {
      return new ProcessBuilder(python, "-c", "import torch")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while looking for PyTorch", e);
    }
  }

  private static TorchEngine start(String python, BenchmarkSettings settings) {
    List<String> command =
        Stream.concat(Stream.of(python, "-c", script()), arguments(settings)).toList();
    TorchEngine engine = new TorchEngine();
    try {
      for (int worker = 0; worker < settings.workers(); worker++) {
        ProcessBuilder builder =
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        // bin/isonorm's threads wait as suits ours; PyTorch's wait as they do elsewhere.
        builder.environment().remove("GOMP_SPINCOUNT");
        Process process = builder.start();
        engine.workers.add(
            new Worker(
                process,
                process.outputWriter(StandardCharsets.UTF_8),
                process.inputReader(StandardCharsets.UTF_8)));
      }
      for (Worker worker : engine.workers) {
        engine.version = version(engine.answer(worker), settings.network());
      }
      return engine;
    } catch (IOException e) {
      engine.close();
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot start %s: %s", python, e.getMessage()), e);
    }
  }

  /**
   * The version of PyTorch in a worker's answer, {@code ready VERSION PARAMETERS}.
   *
   * @throws IllegalStateException if the worker trains another number of parameters
   */
  static String version(String answer, NetworkDefinition network) {
    String[] words = answer.split(" ");
    long expected = Networks.topology(network).trainedParameters();
    if (words.length != 3 || !words[0].equals(READY) || Long.parseLong(words[2]) != expected) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot compare with PyTorch: it answered '%s', expected '%s VERSION %d' (its network"
                  + " is another one)",
              answer,
              READY,
              expected));
    }
    return words[1];
  }

  private static Stream<String> arguments(BenchmarkSettings settings) {
    NetworkDefinition network = settings.network();
    if (network.normalization() == Normalization.FIXUP) {
      throw new UnsupportedOperationException(
          "Unsupported network: PyTorch's side of the benchmark has no scalars of Fixup (leave out"
              + " the peers, or set network.fixup = false)");
    }
    OptimizerSettings optimizer = settings.optimizer();
    List<Object> arguments =
        new ArrayList<>(
            Arrays.asList(
                "--family", family(network.family()),
                "--depth", network.depth(),
                "--width", network.width(),
                "--widening", network.widening(),
                "--variant", network.variant().label(),
                "--shortcut", network.shortcut().label(),
                "--biases", network.biases().label(),
                "--normalization", network.normalization().label(),
                "--activation", network.activation(),
                "--classes", network.classes(),
                "--image-height", network.imageHeight(),
                "--image-width", network.imageWidth(),
                "--image-channels", network.imageChannels(),
                "--batch", settings.batch(),
                "--threads", settings.threads(),
                "--learning-rate", optimizer.learningRate(),
                "--momentum", optimizer.sgd().momentum(),
                "--weight-decay", optimizer.weightDecay(),
                "--warm-up", settings.warmUp()));
    if (settings.task() == BenchmarkTask.INFERENCE) {
      arguments.add("--inference");
    }
    if (!optimizer.sgd().nesterov()) {
      arguments.add("--heavy-ball");
    }
    return arguments.stream().map(String::valueOf);
  }

  private static String family(NetworkFamily family) {
    return switch (family) {
      case VGG -> "vgg";
      case CIFAR_RESNET, RESNET_34 -> "resnet";
      case IMAGENET_RESNET -> "imagenet-resnet";
      case DENSENET -> "densenet";
      case WIDE_RESNET -> "wrn";
      case PLAIN -> "plain";
      case FAST_94, FAST_95, FAST_96 -> "fast";
      case OWN ->
          throw new UnsupportedOperationException(
              "Unsupported network: PyTorch's side of the benchmark has no networks of one's own (leave out the peers)");
    };
  }

  private static String script() {
    try (InputStream script = TorchEngine.class.getResourceAsStream(SCRIPT)) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot read %s from the jar: %s", SCRIPT, e.getMessage()), e);
    }
  }

  @Override
  public String name() {
    return "PyTorch " + version;
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
      throw new UncheckedIOException("Cannot time PyTorch: " + e.getMessage(), e);
    }
  }

  private String answer(Worker worker) throws IOException {
    String answer = worker.answers().readLine();
    if (answer == null) {
      throw new IOException("its process has ended (its own messages are above)");
    }
    return answer;
  }

  @Override
  public void close() {
    workers.forEach(worker -> worker.process().destroy());
  }
}
