package org.isonorm.data.source;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How many channels images of one's own are stored with. */
public enum ChannelChoice {
  /**
   * As many as the first image has: 1 where it is grey, 3 where it is in colour, 2 where an array
   * has two. A fourth is left out.
   */
  AUTO("auto", 0),
  /** Grey levels; colours become grey as by Pillow's {@code convert("L")}. */
  ONE("1", 1),
  /** Those of arrays of two. */
  TWO("2", 2),
  /** Red, green and blue; grey becomes three equal channels. */
  THREE("3", 3),
  /** These and the transparency of files that have it, or whatever an array has as its fourth. */
  FOUR("4", 4);

  private final String label;
  private final int count;

  ChannelChoice(String label, int count) {
    this.label = label;
    this.count = count;
  }

  /**
   * The choice of that name: {@code auto}, {@code 1}, {@code 2}, {@code 3}, {@code 4}.
   *
   * @throws IllegalArgumentException for any other, in one sentence
   */
  public static ChannelChoice parse(String text) {
    for (ChannelChoice choice : values()) {
      if (choice.label.equals(text)) {
        return choice;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid channels: %s (must be one of %s)",
            text,
            Arrays.stream(values())
                .map(ChannelChoice::toString)
                .collect(Collectors.joining(", "))));
  }

  /**
   * The choice of so many channels, 0 for {@link #AUTO}.
   *
   * @throws IllegalArgumentException for any other number, in one sentence
   */
  public static ChannelChoice of(int channels) {
    return parse(channels == 0 ? AUTO.label : String.valueOf(channels));
  }

  /** Whether images of so many channels are stored as they are. */
  boolean takes(int channels) {
    return this == AUTO || count == channels;
  }

  /**
   * Channels that an image of so many is stored with; its own where the chosen ones cannot be made
   * of them.
   */
  int stored(int channels) {
    int wanted = this == AUTO ? Math.min(channels, THREE.count) : count;
    return Channels.isPossible(channels, wanted) ? wanted : channels;
  }

  @Override
  public String toString() {
    return label;
  }
}
