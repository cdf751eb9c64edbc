package org.isonorm.spark.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.isonorm.init.NearestName;
import org.isonorm.spark.config.IsonormConfig;

/** The recipes of conf/fast, which are in the jar: one a network. */
public final class FastRecipes {
  /** The networks that have one. */
  public static final List<String> NETWORKS = List.of("fast-94", "fast-95", "fast-96");

  private static final String SHARED = "shared/recipe.conf";

  private FastRecipes() {}

  /**
   * Loads the recipe of a network.
   *
   * @param load from a file, beside which lies what it includes
   * @throws IllegalArgumentException if the network has none
   */
  public static IsonormConfig load(String network, Function<Path, IsonormConfig> load)
      throws IOException {
    if (!NETWORKS.contains(network)) {
      throw NearestName.unknown("recipe", network, NETWORKS);
    }
    String recipe =
        String.format(Locale.ROOT, "cifar10-%s.conf", network.substring("fast-".length()));
    try (Scratch folder = new Scratch()) {
      copy(SHARED, folder.path());
      return load.apply(copy(recipe, folder.path()));
    }
  }

  private static Path copy(String name, Path folder) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    try (InputStream stream = FastRecipes.class.getResourceAsStream("recipes/" + name)) {
      Files.copy(stream, file);
    }
    return file;
  }
}
