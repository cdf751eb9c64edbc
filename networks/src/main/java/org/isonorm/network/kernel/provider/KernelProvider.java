package org.isonorm.network.kernel.provider;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.isonorm.network.kernel.GarbageArrays;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.VectorModule;
import org.isonorm.network.kernel.exact.Float64Kernels;
import org.isonorm.network.kernel.nd4j.Nd4jKernels;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the {@link Kernels} of this process, and logs each choice with its reason once. */
public final class KernelProvider {

  /** The system property that overrides the choice: one of {@link #NAMES}. */
  public static final String PROPERTY = "isonorm.kernel";

  /** The name of oneDNN's kernels with direct convolutions alone. */
  public static final String DIRECT = "onednn-direct";

  /** What the property may be. */
  public static final List<String> NAMES = List.of("onednn", DIRECT, "nd4j", "reference");

  private static final Logger LOG = LoggerFactory.getLogger(KernelProvider.class);
  private static final Map<String, Kernels> CHOSEN = new ConcurrentHashMap<>();

  private KernelProvider() {}

  /**
   * The kernels named by the property {@value #PROPERTY}, else oneDNN where ND4J computes on the
   * CPU and oneDNN loads, else ND4J's own operations. What is given no kernels, a layer or a
   * training step, asks when it is created.
   *
   * @throws IllegalArgumentException if the property names no kernel, or oneDNN where it cannot run
   */
  public static Kernels kernels() {
    return kernels(System.getProperty(PROPERTY, ""));
  }

  /**
   * The kernels of a name, one of {@link #NAMES}, or those that suit this process best where the
   * name is empty.
   *
   * @throws IllegalArgumentException if no kernels have the name, or oneDNN cannot run here
   */
  public static Kernels kernels(String name) {
    return CHOSEN.computeIfAbsent(name, KernelProvider::choose);
  }

  /**
   * New kernels that compute in float64 throughout, for one thread: second derivatives need them.
   */
  public static Kernels float64() {
    GarbageArrays.keepWhileUsed();
    return Nd4j.getEnvironment().isCPU() ? new Float64Kernels() : new Nd4jKernels();
  }

  private static Kernels choose(String name) {
    GarbageArrays.keepWhileUsed();
    Kernels kernels =
        switch (name) {
          case "" -> null;
          case "onednn" -> oneDnnOrRefuse(true);
          case DIRECT -> oneDnnOrRefuse(false);
          case "nd4j" -> new Nd4jKernels();
          case "reference" -> new ReferenceKernels();
          default ->
              throw new IllegalArgumentException(
                  String.format(
                      Locale.ROOT,
                      "Invalid %s: %s (must be one of %s)",
                      PROPERTY,
                      name,
                      String.join(", ", NAMES)));
        };
    if (kernels == null) {
      return fastest();
    }
    LOG.info("Computing with the {} kernels, as asked for", kernels.name());
    return kernels;
  }

  private static Kernels fastest() {
    if (!Nd4j.getEnvironment().isCPU()) {
      LOG.info(
          "Computing with the nd4j kernels: ND4J computes on {}, oneDNN only on the CPU",
          backend());
      return new Nd4jKernels();
    }
    try {
      Kernels kernels = oneDnn(true);
      LOG.info(
          "Computing with the {} kernels: ND4J computes on the CPU and oneDNN loads",
          kernels.name());
      return kernels;
    } catch (LinkageError e) {
      LOG.warn(
          "Computing with the nd4j kernels, many times slower: oneDNN cannot load here ({})",
          e.toString());
      return new Nd4jKernels();
    }
  }

  private static Kernels oneDnn(boolean winograd) {
    Kernels direct = new OneDnnKernels(false);
    if (!winograd) {
      return direct;
    }
    Optional<String> reason = reasonAgainstVectors();
    if (reason.isPresent()) {
      LOG.warn("Convolving without Winograd's fewer multiplications: {}", reason.get());
      return direct;
    }
    return new OneDnnKernels(true);
  }

  /** Why this process cannot convolve with Java's vector instructions, if it cannot. */
  private static Optional<String> reasonAgainstVectors() {
    if (!VectorModule.isThere()) {
      return Optional.of("Java was started without --add-modules=" + VectorModule.NAME);
    }
    return OneDnn.hasWideVectors()
        ? Optional.empty()
        : Optional.of("this processor has no AVX2 instructions");
  }

  private static Kernels oneDnnOrRefuse(boolean winograd) {
    if (!Nd4j.getEnvironment().isCPU()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: onednn (ND4J computes on %s here; choose nd4j)",
              PROPERTY,
              backend()));
    }
    try {
      return oneDnn(winograd);
    } catch (LinkageError e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: onednn (it cannot load here: %s; choose nd4j or reference)",
              PROPERTY,
              e),
          e);
    }
  }

  private static String backend() {
    return Nd4j.getBackend().getClass().getSimpleName();
  }
}
