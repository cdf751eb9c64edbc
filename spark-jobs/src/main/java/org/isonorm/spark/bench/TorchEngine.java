package org.isonorm.spark.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.NetworkFamily;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.step.OptimizerSettings;

/** The network in PyTorch, in a process a worker that runs bench/torch_step.py. */
final class TorchEngine implements PeerEngine {
  private static final String SCRIPT = "torch_step.py";
  private static final String READY = "ready";
  private static final String CANNOT = "Cannot ";
  private static final String ENDED = "its process has ended (its own messages are above)";

  private final List<Worker> workers = new ArrayList<>();
  private final TorchVariant variant;
  private final String version;

  /** A process and its two ends. */
  private record Worker(Process process, Writer requests, BufferedReader answers) {}

  /**
   * Starts it and warms it up.
   *
   * @param arguments as {@link #arguments} has them
   * @throws IllegalStateException in a sentence, if this PyTorch or this machine cannot
   */
  TorchEngine(
      Torch torch, TorchVariant variant, List<String> arguments, BenchmarkSettings settings) {
    this.variant = variant;
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--precision", variant.precision().label()));
    if (variant.compiled()) {
      all.add("--compile");
    }
    try {
      for (int worker = 0; worker < settings.workers(); worker++) {
        Process process = torch.start(SCRIPT, all);
        workers.add(
            new Worker(
                process,
                process.outputWriter(StandardCharsets.UTF_8),
                process.inputReader(StandardCharsets.UTF_8)));
      }
      String found = "";
      for (Worker worker : workers) {
        found = version(answer(worker), settings.network());
      }
      version = found;
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot start %s: %s", torch.python(), e.getMessage()), e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * The version of PyTorch in a worker's answer, {@code ready VERSION PARAMETERS}.
   *
   * @throws IllegalStateException if the worker trains another number of parameters, or cannot:
   *     then with its own words
   */
  static String version(String answer, NetworkDefinition network) {
    if (answer.startsWith(CANNOT)) {
      throw new IllegalStateException(answer);
    }
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

  /**
   * The script's arguments whatever the variant.
   *
   * @throws UnsupportedOperationException if the script has no such network
   */
  static List<String> arguments(BenchmarkSettings settings) {
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
    return arguments.stream().map(String::valueOf).toList();
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

  @Override
  public String name() {
    return variant.name(version);
  }

  @Override
  public Precision precision() {
    return variant.precision();
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
      throw new UncheckedIOException("Cannot time PyTorch: " + ENDED, e);
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
