package org.isonorm.data.source;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.NamedOutput;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;

/**
 * A copy of a CIFAR data set in its binary version, every byte of which was checked: sizes, labels,
 * names.
 *
 * @param batches each split's batch files, in index order
 * @param files every file with its checksum; the archive first, if the copy came as one
 */
public record CifarCopy(
    CifarFormat format,
    List<String> classNames,
    List<String> coarseClassNames,
    Map<Split, List<Batch>> batches,
    List<SourceFile> files) {
  private static final int RECORDS_AT_ONCE = 1_000;

  /** A batch file and the whole records it holds. */
  record Batch(String file, int records) {}

  /**
   * Opens a copy.
   *
   * @param source the published archive, the folder it unpacks to, or the folder that holds that
   *     folder
   * @param staging a folder to unpack an archive to; need not exist
   * @throws IOException in one sentence that names the file and what is wrong with it
   */
  public static CifarCopy open(
      CifarFormat format, String source, Path staging, Configuration hadoop) throws IOException {
    Path path = new Path(source);
    FileSystem fileSystem = path.getFileSystem(hadoop);
    List<SourceFile> files = new ArrayList<>();
    Path folder;
    if (status(fileSystem, path, format).isFile()) {
      files.add(unpack(format, fileSystem, path, staging, hadoop));
      folder = staging;
      fileSystem = staging.getFileSystem(hadoop);
    } else {
      folder = find(format, fileSystem, path);
    }
    checkComplete(format, names(fileSystem, folder), source);

    Map<Split, List<Batch>> batches = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      List<Batch> ofSplit = new ArrayList<>();
      for (String name : format.batches(split)) {
        Path file = fileSystem.makeQualified(new Path(folder, name));
        files.add(check(format, fileSystem, file));
        ofSplit.add(new Batch(file.toString(), records(format, fileSystem, file)));
      }
      batches.put(split, ofSplit);
    }
    List<String> classNames =
        classNames(fileSystem, new Path(folder, format.classNames()), format.classes(), files);
    List<String> coarseClassNames =
        format.coarseClasses() == 0
            ? List.of()
            : classNames(
                fileSystem,
                new Path(folder, format.coarseClassNames()),
                format.coarseClasses(),
                files);
    return new CifarCopy(format, classNames, coarseClassNames, batches, files);
  }

  private static FileStatus status(FileSystem fileSystem, Path path, CifarFormat format)
      throws IOException {
    try {
      return fileSystem.getFileStatus(path);
    } catch (FileNotFoundException e) {
      if (DatasetManifest.isForbidden(path, fileSystem.getConf())) {
        throw new IOException(
            String.format(
                Locale.ROOT, "Cannot ingest %s from %s: permission denied", format.dataset(), path),
            e);
      }
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot ingest %s from %s: it does not exist (get a copy with isonorm fetch --dataset %s)",
              format.dataset(),
              path,
              format.dataset()),
          e);
    }
  }

  /** Unpacks the files that matter, by their bare names. */
  private static SourceFile unpack(
      CifarFormat format, FileSystem fileSystem, Path archive, Path staging, Configuration hadoop)
      throws IOException {
    FileSystem stagingSystem = staging.getFileSystem(hadoop);
    Set<String> names = new HashSet<>();
    MessageDigest sha256 = Checksums.sha256();
    try (InputStream in = new DigestInputStream(fileSystem.open(archive), sha256)) {
      TarGz.unpack(
          in,
          archive.toString(),
          entry -> {
            String name = entry.substring(entry.lastIndexOf('/') + 1);
            boolean first = names.add(name);
            if (!format.files().contains(name)) {
              return null;
            }
            if (!first) {
              throw new IOException(
                  String.format(Locale.ROOT, "Cannot read %s: it holds %s twice", archive, name));
            }
            return new NamedOutput(stagingSystem.create(new Path(staging, name), false), staging);
          });
    }
    checkComplete(format, names, archive.toString());
    return new SourceFile(
        archive.getName(), fileSystem.getFileStatus(archive).getLen(), Checksums.hex(sha256));
  }

  /** The folder of the copy: the given one or the one in it that bears the published name. */
  private static Path find(CifarFormat format, FileSystem fileSystem, Path given)
      throws IOException {
    for (CifarFormat candidate : List.of(format, format.other())) {
      for (Path folder : List.of(given, new Path(given, candidate.folder()))) {
        if (candidate.recognizes(names(fileSystem, folder))) {
          return folder;
        }
      }
    }
    return given;
  }

  private static Set<String> names(FileSystem fileSystem, Path folder) throws IOException {
    Set<String> names = new HashSet<>();
    if (fileSystem.exists(folder)) {
      for (FileStatus status : fileSystem.listStatus(folder)) {
        if (status.isFile()) {
          names.add(status.getPath().getName());
        }
      }
    }
    return names;
  }

  private static void checkComplete(CifarFormat format, Set<String> names, String source)
      throws IOException {
    DatasetKind dataset = format.dataset();
    if (!format.recognizes(names)) {
      CifarFormat other = format.other();
      throw new IOException(
          other.recognizes(names)
              ? String.format(
                  Locale.ROOT,
                  "Cannot ingest %s from %s: it holds %s (use --dataset %s)",
                  dataset,
                  source,
                  other.dataset(),
                  other.dataset())
              : String.format(
                  Locale.ROOT,
                  "Cannot ingest %s from %s: it holds no %s (the binary version is needed: %s or its folder %s)",
                  dataset,
                  source,
                  format.batches(Split.TRAIN).get(0),
                  format.archive(),
                  format.folder()));
    }
    for (String name : format.files()) {
      if (!names.contains(name)) {
        throw new IOException(
            String.format(
                Locale.ROOT, "Cannot ingest %s from %s: %s is missing", dataset, source, name));
      }
    }
  }

  private static int records(CifarFormat format, FileSystem fileSystem, Path file)
      throws IOException {
    long bytes = fileSystem.getFileStatus(file).getLen();
    if (bytes == 0) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read CIFAR batch %s: it is empty", file.getName()));
    }
    if (bytes % format.recordBytes() != 0) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read CIFAR batch %s: %d bytes is not a multiple of %d",
              file.getName(),
              bytes,
              format.recordBytes()));
    }
    return Math.toIntExact(bytes / format.recordBytes());
  }

  /** Reads a batch once: its labels must be in range. */
  private static SourceFile check(CifarFormat format, FileSystem fileSystem, Path file)
      throws IOException {
    int records = records(format, fileSystem, file);
    MessageDigest sha256 = Checksums.sha256();
    byte[] buffer = new byte[RECORDS_AT_ONCE * format.recordBytes()];
    try (FSDataInputStream in = fileSystem.open(file)) {
      for (int first = 0; first < records; first += RECORDS_AT_ONCE) {
        int count = Math.min(RECORDS_AT_ONCE, records - first);
        in.readFully(buffer, 0, count * format.recordBytes());
        sha256.update(buffer, 0, count * format.recordBytes());
        for (int i = 0; i < count; i++) {
          int offset = i * format.recordBytes();
          checkLabel(file, first + i, "label", format.label(buffer, offset), format.classes());
          if (format.coarseClasses() > 0) {
            checkLabel(
                file,
                first + i,
                "coarse label",
                format.coarseLabel(buffer, offset),
                format.coarseClasses());
          }
        }
      }
    } catch (EOFException e) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read CIFAR batch %s: it ends early", file.getName()),
          e);
    }
    return new SourceFile(
        file.getName(), (long) records * format.recordBytes(), Checksums.hex(sha256));
  }

  private static void checkLabel(Path file, int record, String what, int label, int classes)
      throws IOException {
    if (label >= classes) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read CIFAR batch %s: record %d has %s %d (must be 0 to %d)",
              file.getName(),
              record,
              what,
              label,
              classes - 1));
    }
  }

  private static List<String> classNames(
      FileSystem fileSystem, Path file, int classes, List<SourceFile> files) throws IOException {
    byte[] bytes;
    try (InputStream in = fileSystem.open(file)) {
      bytes = in.readAllBytes();
    }
    MessageDigest sha256 = Checksums.sha256();
    sha256.update(bytes);
    files.add(new SourceFile(file.getName(), bytes.length, Checksums.hex(sha256)));
    List<String> names =
        new String(bytes, StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    if (names.size() != classes) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read class names %s: it holds %d names (must be %d)",
              file.getName(),
              names.size(),
              classes));
    }
    return names;
  }
}
