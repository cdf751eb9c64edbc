package org.isonorm.spark.preflight;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.List;
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
      try {
        Path path = new Path(folder);
        if (!path.getFileSystem(hadoop.value()).exists(path)) {
          return absent(path);
        }
        DatasetManifest manifest = DatasetManifest.load(folder, hadoop.value());
        for (Split split : Split.values()) {
          if (manifest.split(split).examples() > 0) {
            firstByteOfEach(new Path(folder, split.directory()));
          }
        }
      } catch (IOException e) {
        return reason(e);
      }
    }
    return "";
  }

  /** Of what this user may not see or open, Hadoop says that it is not there. */
  private String absent(Path path) throws IOException {
    return DatasetManifest.isForbidden(path, hadoop.value())
        ? "permission denied on " + path
        : "there is no " + path;
  }

  private void firstByteOfEach(Path folder) throws IOException {
    FileSystem files = folder.getFileSystem(hadoop.value());
    RemoteIterator<LocatedFileStatus> parts;
    try {
      parts = files.listFiles(folder, false);
    } catch (FileNotFoundException e) {
      throw new IOException(absent(folder), e);
    }
    while (parts.hasNext()) {
      open(parts.next().getPath());
    }
  }

  private void open(Path file) throws IOException {
    try (InputStream in = file.getFileSystem(hadoop.value()).open(file)) {
      if (in.read() < 0) {
        throw new IOException(file + " is empty");
      }
    } catch (FileNotFoundException e) {
      throw new IOException(absent(file), e);
    }
  }

  private static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().findFirst().orElse(e.getClass().getSimpleName());
  }
}
