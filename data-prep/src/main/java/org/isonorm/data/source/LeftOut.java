package org.isonorm.data.source;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts the entries of a source that are not its data, by the reason. */
final class LeftOut {
  /** Files and folders that operating systems and storage boxes leave beside people's own. */
  private static final Set<String> OF_SYSTEMS =
      Set.of(
          "thumbs.db",
          "ehthumbs.db",
          "desktop.ini",
          "icon\r",
          "__macosx",
          "@eadir",
          "$recycle.bin",
          "system volume information",
          "lost+found");

  private final Map<String, Integer> counts = new TreeMap<>();

  /** Whether an entry is left out by its name, of a file or of a folder; counts it if so. */
  boolean byName(String name) {
    if (name.equals(".DS_Store")) {
      count(".DS_Store");
    } else if (name.startsWith("._")) {
      count("AppleDouble (._*)");
    } else if (name.startsWith(".")) {
      count("hidden (.*)");
    } else if (OF_SYSTEMS.contains(name.toLowerCase(Locale.ROOT))) {
      count(name.strip());
    } else {
      return false;
    }
    return true;
  }

  /** A file that is no image by its name. */
  void other(String name) {
    int dot = name.lastIndexOf('.');
    count(
        dot > 0 ? "no image (*" + name.substring(dot).toLowerCase(Locale.ROOT) + ")" : "no image");
  }

  /** An image that lies beside the class folders and so has no class. */
  void withoutClass() {
    count("image beside the class folders");
  }

  private void count(String reason) {
    counts.merge(reason, 1, Integer::sum);
  }

  boolean isEmpty() {
    return counts.isEmpty();
  }

  /** As in "2 × hidden (.*), 1 × no image (*.txt)". */
  @Override
  public String toString() {
    return counts.entrySet().stream()
        .map(entry -> entry.getValue() + " × " + entry.getKey())
        .collect(Collectors.joining(", "));
  }
}
