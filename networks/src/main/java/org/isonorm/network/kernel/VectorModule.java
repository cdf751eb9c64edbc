package org.isonorm.network.kernel;

/**
 * Java's vector instructions, an incubating module of JDK 17 that a Java machine has only if it is
 * told so.
 */
public final class VectorModule {
  /** The name that {@code --add-modules} asks for. */
  public static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /** Whether this Java machine has them. */
  public static boolean isThere() {
    return ModuleLayer.boot().findModule(NAME).isPresent();
  }
}
