package org.isonorm.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Damages a file again and again, by a seed, and has it read: each time it is read, or refused in a
 * sentence of this project.
 */
public final class Fuzz {
  private static final long SEED = 2022;
  private static final int MOST_BYTES = 64;

  private Fuzz() {}

  /** Reads what may be damaged. */
  @FunctionalInterface
  public interface Reading {
    void read() throws IOException;
  }

  /**
   * Damages a file so many times.
   *
   * @param named what every sentence must name
   * @return how often it was refused
   */
  public static int of(Path file, int times, String named, Reading reading) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(SEED);
    int refused = 0;
    for (int i = 0; i < times; i++) {
      byte[] damaged = damaged(whole, random);
      Files.write(file, damaged);
      try {
        reading.read();
      } catch (IOException | IllegalArgumentException e) {
        refused++;
        assertThat(e.getMessage())
            .as("file %d: %s", i, e)
            .matches("(?s)(Cannot|Invalid|Unsupported|Unknown|Missing) .*")
            .contains(named)
            .doesNotContain("Exception");
      }
    }
    Files.write(file, whole);
    return refused;
  }

  private static byte[] damaged(byte[] whole, SplittableRandom random) {
    byte[] bytes = whole.clone();
    int at = random.nextInt(whole.length);
    int other = random.nextInt(whole.length);
    int length = Math.min(whole.length - Math.max(at, other), 1 + random.nextInt(MOST_BYTES));
    switch (random.nextInt(5)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes = Arrays.copyOf(bytes, at);
      case 2 -> {
        bytes = Arrays.copyOf(bytes, whole.length + length);
        System.arraycopy(whole, at, bytes, at + length, whole.length - at);
      }
      case 3 -> {
        System.arraycopy(whole, at, bytes, other, length);
        System.arraycopy(whole, other, bytes, at, length);
      }
      default -> Arrays.fill(bytes, at, at + length, (byte) random.nextInt());
    }
    return bytes;
  }
}
