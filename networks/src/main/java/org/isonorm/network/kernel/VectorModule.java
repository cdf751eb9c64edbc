package org.isonorm.network.kernel;

import java.util.Optional;
import org.bytedeco.dnnl.global.dnnl;

/**
 * Java's vector instructions, an incubating module of JDK 17 that a Java machine has only if it is
 * told so.
 */
public final class VectorModule {
  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /** Whether this Java machine has them. */
  public static boolean isThere() {
    return ModuleLayer.boot().findModule(NAME).isPresent();
  }

  /** Why this process cannot convolve with them, if it cannot. Needs oneDNN. */
  public static Optional<String> reasonAgainst() {
    if (!isThere()) {
      return Optional.of("Java was started without --add-modules=" + NAME);
    }
    int wide = dnnl.dnnl_cpu_isa_avx2;
    if ((dnnl.dnnl_get_effective_cpu_isa() & wide) != wide) {
      return Optional.of("this processor has no AVX2 instructions");
    }
    return Optional.empty();
  }
}
