package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.storage.Storage;

/**
 * A data set that was moved after a run or a grid had begun on it: named at resume, and known again
 * by the checksum of its manifest.
 */
public final class MovedData {
  private MovedData() {}

  /**
   * Checks that the data set is where it was, unless it is one that a run draws.
   *
   * @throws IOException in one sentence that says how it is named if it was moved
   */
  public static void checkThere(DataConfig data) throws IOException {
    if (TrainingData.isMissing(data, Storage.hadoop())) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot open data set %s: it has no %s (if it was moved, go on with --resume --set data.path=DIR)",
              data.folder(),
              DatasetManifest.FILE_NAME));
    }
  }

  /**
   * Checks that a data set is the one that was trained on.
   *
   * @param what is gone on with, as sentences call it
   * @param runs folders of runs on it, of which the first that noted a checksum counts
   * @param before where it was
   * @param now where it is said to be
   * @throws IllegalArgumentException in one sentence, if it is another or nobody can tell
   * @throws IOException likewise, if there is none
   */
  public static void check(String what, List<Path> runs, DataConfig before, DataConfig now)
      throws IOException {
    Configuration hadoop = Storage.hadoop();
    String given = DatasetManifest.checksum(now.folder(), hadoop);
    Optional<String> trainedOn = trainedOn(runs);
    if (trainedOn.isEmpty()) {
      try {
        trainedOn = Optional.of(DatasetManifest.checksum(before.folder(), hadoop));
      } catch (IOException e) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid data.path: %s (the %s has not noted its data set's checksum; put the data set back to %s)",
                now.path(),
                what,
                before.folder()),
            e);
      }
    }
    if (!trainedOn.get().equals(given)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid data.path: %s (it holds another data set than the %s was trained on, by the checksum of its manifest.json; name the folder that %s was moved to)",
              now.folder(),
              what,
              before.folder()));
    }
  }

  private static Optional<String> trainedOn(List<Path> runs) throws IOException {
    for (Path run : runs) {
      Optional<String> noted =
          Environment.noted(new RunFolder(run).environment(), Environment.MANIFEST);
      if (noted.isPresent()) {
        return noted;
      }
    }
    return Optional.empty();
  }
}
