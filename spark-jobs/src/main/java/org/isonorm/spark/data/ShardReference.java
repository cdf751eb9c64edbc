package org.isonorm.spark.data;

import java.io.Serializable;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Split;

/**
 * Names one worker's share of an ingested split. Its text form is what {@code
 * SparkComputationGraph.fitPaths} carries: one path a partition.
 *
 * @param dataset the ingested data set's folder, any URI Hadoop reads
 * @param split the split
 * @param positions the rows, by their position in the stored order
 * @param worker the worker's number
 */
public record ShardReference(String dataset, Split split, PositionRange positions, int worker)
    implements Serializable {
  private static final Pattern TEXT =
      Pattern.compile("isonorm-shard:([^?]+)\\?split=(\\w+)&from=(\\d+)&to=(\\d+)&worker=(\\d+)");

  /** Cuts a range of a split into the shards of {@code workers} workers. */
  public static List<ShardReference> split(
      String dataset, Split split, PositionRange positions, int workers) {
    List<PositionRange> ranges = positions.split(workers);
    List<ShardReference> shards = new ArrayList<>(workers);
    for (int worker = 0; worker < workers; worker++) {
      shards.add(new ShardReference(dataset, split, ranges.get(worker), worker));
    }
    return shards;
  }

  /** Reads the text form. */
  public static ShardReference parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid path: %s (must be an isonorm-shard: reference)", text));
    }
    return new ShardReference(
        URLDecoder.decode(matcher.group(1), StandardCharsets.UTF_8),
        Split.valueOf(matcher.group(2)),
        new PositionRange(Long.parseLong(matcher.group(3)), Long.parseLong(matcher.group(4))),
        Integer.parseInt(matcher.group(5)));
  }

  /** The text form. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "isonorm-shard:%s?split=%s&from=%d&to=%d&worker=%d",
        URLEncoder.encode(dataset, StandardCharsets.UTF_8),
        split.name(),
        positions.from(),
        positions.to(),
        worker);
  }
}
