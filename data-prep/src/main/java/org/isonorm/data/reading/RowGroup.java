package org.isonorm.data.reading;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PartFile;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.SplitManifest;
import org.isonorm.data.shard.Unreadable;

/**
 * The rows of one row group of a Parquet file that are in a range of positions.
 *
 * @param file where it is
 * @param part what the manifest says of the file
 * @param group its number in the file
 * @param from the first of the rows, counted in the group
 * @param to the one after the last
 */
record RowGroup(Path file, PartFile part, int group, int from, int to) {

  /**
   * Those of a range in the stored order, by the footers of the files that hold any of it.
   *
   * @throws IOException in one sentence that names the file, if one cannot be read
   */
  static List<RowGroup> of(
      DatasetManifest manifest,
      String datasetUri,
      Split split,
      PositionRange positions,
      Configuration hadoop)
      throws IOException {
    SplitManifest content = manifest.split(split);
    ShardReader.check(content, split, positions);
    Path folder = new Path(new Path(datasetUri), split.directory());
    List<RowGroup> groups = new ArrayList<>();
    long start = 0;
    for (PartFile part : content.files()) {
      long first = positions.from() - start;
      long end = positions.to() - start;
      if (first < part.rows() && end > 0) {
        Path file = new Path(folder, part.name());
        groups.addAll(
            Unreadable.inOneSentence(file, () -> ofPart(manifest, file, part, first, end, hadoop)));
      }
      start += part.rows();
    }
    return groups;
  }

  private static List<RowGroup> ofPart(
      DatasetManifest manifest,
      Path file,
      PartFile part,
      long first,
      long end,
      Configuration hadoop)
      throws IOException {
    List<RowGroup> groups = new ArrayList<>();
    try (PartReader reader = PartReader.open(manifest, file, part, hadoop)) {
      long start = 0;
      for (int group = 0; group < reader.groups(); group++) {
        long from = Math.max(first - start, 0);
        long to = Math.min(end - start, reader.rows(group));
        if (from < to) {
          groups.add(new RowGroup(file, part, group, Math.toIntExact(from), Math.toIntExact(to)));
        }
        start += reader.rows(group);
      }
    }
    return groups;
  }

  /** How many rows there are. */
  int rows() {
    return to - from;
  }

  /**
   * Reads them.
   *
   * @throws IOException in one sentence that names the file, if that cannot be
   */
  void read(DatasetManifest manifest, Configuration hadoop, PartReader.Rows rows)
      throws IOException {
    Unreadable.inOneSentence(
        file,
        () -> {
          try (PartReader reader = PartReader.open(manifest, file, part, hadoop)) {
            reader.read(group, from, to, rows);
          }
          return null;
        });
  }
}
