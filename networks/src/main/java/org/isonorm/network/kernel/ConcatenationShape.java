package org.isonorm.network.kernel;

import java.util.List;

/**
 * The shape of a concatenation over channels: inputs [rows, channels of that input], output [rows,
 * channels of all]. A row is a pixel of an example, so rows = batch · height · width.
 *
 * @param channels of every input, in the order of the output
 */
public record ConcatenationShape(long rows, List<Integer> channels) {

  public ConcatenationShape {
    Checks.positive("rows", rows);
    channels = List.copyOf(channels);
    Checks.positive("number of inputs", channels.size());
    channels.forEach(count -> Checks.positive("channels", count));
  }

  /** Channels of the output. */
  public int outputChannels() {
    return channels.stream().mapToInt(Integer::intValue).sum();
  }

  /** Elements of an input. */
  public long inputLength(int input) {
    return rows * channels.get(input);
  }

  /** Elements of the output. */
  public long outputLength() {
    return rows * outputChannels();
  }
}
