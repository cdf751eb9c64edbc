package org.isonorm.spark.preflight;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.util.SerializableConfiguration;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Split;

/**
 * Whether the process that runs a task can read the data sets: a path may be of the driver's
 * machine alone, and executors run as another user at times. Serialized to executors.
 *
 * @param folders of ingested data sets, any URI Hadoop reads
 */
record DataAccess(List<String> folders, SerializableConfiguration hadoop) implements Serializable {
  /** Why a data set cannot be read here, with its file; empty text if all can be. */
  String problem() {
    for (String folder : folders) {
      Path path = new Path(folder);
      try {
        if (!path.getFileSystem(hadoop.value()).exists(path)) {
          return absent(path);
        }
        DatasetManifest manifest = DatasetManifest.load(folder, hadoop.value());
        for (Split split : Split.values()) {
          if (manifest.split(split).examples() > 0) {
            path = new Path(folder, split.directory());
            firstByteOfEach(path, hadoop.value());
          }
        }
      } catch (FileNotFoundException e) {
        return absent(path);
      } catch (IOException e) {
        return reason(e);
      }
    }
    return "";
  }

  private static String absent(Path path) {
    return "there is no " + path;
  }

  private static void firstByteOfEach(Path folder, Configuration hadoop) throws IOException {
    FileSystem files = folder.getFileSystem(hadoop);
    RemoteIterator<LocatedFileStatus> parts = files.listFiles(folder, false);
    while (parts.hasNext()) {
      open(parts.next().getPath(), hadoop);
    }
  }

  private static void open(Path file, Configuration hadoop) throws IOException {
    try (InputStream in = file.getFileSystem(hadoop).open(file)) {
      if (in.read() < 0) {
        throw new IOException(file + " is empty");
      }
    }
  }

  private static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().findFirst().orElse(e.getClass().getSimpleName());
  }
}
