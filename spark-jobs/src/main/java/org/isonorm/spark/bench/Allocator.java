package org.isonorm.spark.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What hands out the memory of PyTorch's arrays: the library that its guide to tuning on processors
 * recommends, where it is installed, else the C library with the settings of bin/isonorm.
 *
 * @param name as people call it
 * @param environment the variables that choose it
 */
record Allocator(String name, Map<String, String> environment) {
  private static final String PRELOAD = "LD_PRELOAD";

  private static final List<Path> FOLDERS =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu"),
          Path.of("/usr/lib/aarch64-linux-gnu"),
          Path.of("/usr/lib64"),
          Path.of("/usr/lib"),
          Path.of("/usr/local/lib"));

  /** Freed arrays stay with the process, as the guide has it. */
  private static final String JEMALLOC_SETTINGS =
      "oversize_threshold:1,background_thread:true,metadata_thp:auto,"
          + "dirty_decay_ms:9000000000,muzzy_decay_ms:9000000000";

  private static final List<Library> LIBRARIES =
      List.of(
          new Library("tcmalloc", "libtcmalloc.so.4", Map.of()),
          new Library("tcmalloc", "libtcmalloc_minimal.so.4", Map.of()),
          new Library("jemalloc", "libjemalloc.so.2", Map.of("MALLOC_CONF", JEMALLOC_SETTINGS)));

  private record Library(String name, String file, Map<String, String> settings) {
    Allocator in(Path folder) {
      Map<String, String> environment = new TreeMap<>(settings);
      environment.put(PRELOAD, folder.resolve(file).toString());
      return new Allocator(name, environment);
    }
  }

  Allocator {
    environment = Map.copyOf(environment);
  }

  static Allocator ofThisMachine() {
    return find(FOLDERS, System.getenv());
  }

  /**
   * The best there is.
   *
   * @param folders where libraries are looked for
   * @param environment this process's, whose own choice of a library stays
   */
  static Allocator find(List<Path> folders, Map<String, String> environment) {
    String chosen = environment.getOrDefault(PRELOAD, "");
    if (!chosen.isBlank()) {
      return new Allocator(
          String.format(Locale.ROOT, "%s=%s as it was set", PRELOAD, chosen), Map.of());
    }
    for (Library library : LIBRARIES) {
      for (Path folder : folders) {
        if (Files.isRegularFile(folder.resolve(library.file()))) {
          return library.in(folder);
        }
      }
    }
    return new Allocator(
        environment.containsKey("MALLOC_MMAP_THRESHOLD_")
            ? "the C library's allocator with bin/isonorm's settings (no tcmalloc or jemalloc here)"
            : "the C library's allocator (no tcmalloc or jemalloc here)",
        Map.of());
  }

  /** For people: its name, and the library if it is one. */
  String describe() {
    String library = environment.get(PRELOAD);
    return library == null ? name : String.format(Locale.ROOT, "%s (%s)", name, library);
  }
}
