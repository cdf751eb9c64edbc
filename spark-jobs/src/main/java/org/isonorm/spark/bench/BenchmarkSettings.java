package org.isonorm.spark.bench;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.isonorm.init.NearestName;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.step.OptimizerMethod;
import org.isonorm.network.step.OptimizerSettings;

/**
 * What to time.
 *
 * @param task what a step does
 * @param network the network
 * @param batch images of one step of one worker
 * @param workers replicas side by side in this process, each on threads of its own
 * @param threads threads of each worker's kernels
 * @param kernel name of the kernels, or none for those that suit this machine best
 * @param optimizer settings of the update
 * @param warmUp steps before the first round, which do not count
 * @param rounds rounds to take the median of
 * @param steps steps of a round
 * @param precision of activations
 * @param peers what is timed as well
 * @param pythons interpreters that may have PyTorch
 * @param djl folder of DJL's jars
 */
public record BenchmarkSettings(
    BenchmarkTask task,
    NetworkDefinition network,
    int batch,
    int workers,
    int threads,
    Optional<String> kernel,
    OptimizerSettings optimizer,
    int warmUp,
    int rounds,
    int steps,
    Precision precision,
    Set<PeerKind> peers,
    List<String> pythons,
    Path djl) {
  /** Steps until the Java machine has compiled what a step runs, and a few more. */
  private static final int LEAST_WARM_UP = 10;

  private static final Set<PeerKind> OF_SGD_ALONE =
      Set.of(PeerKind.DL4J, PeerKind.PYTORCH, PeerKind.DJL);

  public BenchmarkSettings {
    peers = Set.copyOf(peers);
    pythons = List.copyOf(pythons);
    if (task == BenchmarkTask.INFERENCE && precision != Precision.FLOAT32) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid precision: %s (inference computes in float32)",
              precision.label()));
    }
    if (!(optimizer.method() instanceof OptimizerMethod.Sgd)
        && !Collections.disjoint(peers, OF_SGD_ALONE)) {
      throw new UnsupportedOperationException(
          "Unsupported peers: dl4j, pytorch and djl take steps of sgd alone (leave them out, or set"
              + " optimizer.method = sgd)");
    }
    check("batch", batch, 1);
    check("workers", workers, 1);
    check("threads", threads, 1);
    check("warm-up", warmUp, LEAST_WARM_UP);
    check("rounds", rounds, 1);
    check("steps", steps, 1);
    List<String> kernels = KernelProvider.NAMES;
    kernel
        .filter(name -> !kernels.contains(name))
        .ifPresent(
            name -> {
              throw NearestName.unknown("kernel", name, kernels);
            });
  }

  /** The same with every layer trained. */
  BenchmarkSettings unfrozen() {
    return new BenchmarkSettings(
        task,
        network,
        batch,
        workers,
        threads,
        kernel,
        optimizer.withFrozen(FrozenLayers.NONE),
        warmUp,
        rounds,
        steps,
        precision,
        peers,
        pythons,
        djl);
  }

  private static void check(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %d (must be >= %d)", name, value, least));
    }
  }
}
