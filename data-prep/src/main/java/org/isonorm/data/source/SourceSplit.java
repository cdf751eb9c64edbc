package org.isonorm.data.source;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

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

  /** As it is called in messages. */
  String label() {
    return words.get(this == VALIDATION ? 2 : 0);
  }
}
