package org.isonorm.data.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What somebody's files are meant for, told by the words in their names that Hugging Face datasets
 * knows too.
 */
enum SourceSplit {
  TRAIN("train", "training"),
  VALIDATION("val", "valid", "validation", "dev"),
  TEST("test", "testing", "eval", "evaluation");

  private final List<String> words;

  SourceSplit(String... words) {
    this.words = List.of(words);
  }

  /** The split whose word a folder's whole name is, whatever its case. */
  static Optional<SourceSplit> ofFolder(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(split -> split.words.contains(lower)).findFirst();
  }

  /**
   * The splits whose words a file's name holds, such as {@code mine_train-00000-of-00002.parquet};
   * several make it unclear.
   */
  static Set<SourceSplit> ofFile(String name) {
    List<String> parts = List.of(name.toLowerCase(Locale.ROOT).split("[^a-z]+"));
    Set<SourceSplit> found = EnumSet.noneOf(SourceSplit.class);
    for (SourceSplit split : values()) {
      if (split.words.stream().anyMatch(parts::contains)) {
        found.add(split);
      }
    }
    return found;
  }

  /**
   * The split of a file by the words in its name or, where it holds none, by its folders.
   *
   * @param source what is ingested, for messages, as is {@code shown}, the file
   * @throws IOException if it is named after several
   */
  static Optional<SourceSplit> of(String source, String name, List<String> folders, Object shown)
      throws IOException {
    Set<SourceSplit> found = ofFile(name);
    if (found.isEmpty()) {
      folders.forEach(folder -> ofFolder(folder).ifPresent(found::add));
    }
    if (found.size() > 1) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot ingest %s: %s is named after several splits (must name one of train, validation and test)",
              source,
              shown));
    }
    return found.stream().findFirst();
  }

  /**
   * Groups files by their splits; where none has one, all are for training, as Hugging Face has it.
   *
   * @param files in order, each with its split
   * @throws IOException if some have a split and some have none
   */
  static <F> Map<SourceSplit, List<F>> group(
      String source, Map<F, Optional<SourceSplit>> files, Function<F, String> name)
      throws IOException {
    Map<SourceSplit, List<F>> splits = new EnumMap<>(SourceSplit.class);
    List<F> without = new ArrayList<>();
    files.forEach(
        (file, split) -> {
          if (split.isEmpty()) {
            without.add(file);
          }
          splits.computeIfAbsent(split.orElse(TRAIN), key -> new ArrayList<>()).add(file);
        });
    if (!without.isEmpty() && without.size() < files.size()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot ingest %s: it is unclear which split %s is of (must be named after train, validation or test, as other files are)",
              source,
              name.apply(without.get(0))));
    }
    return splits;
  }

  /** As it is called in messages. */
  String label() {
    return words.get(this == VALIDATION ? 2 : 0);
  }
}
