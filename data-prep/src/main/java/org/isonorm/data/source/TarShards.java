package org.isonorm.data.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.data.source.ImageFolder.Labelled;
import org.isonorm.data.source.OwnImages.SplitFile;

/**
 * Shards of WebDataset: tar files in which an example is the files of one key, {@code key.jpg} and
 * {@code key.cls}; the key ends at the first dot of the name. A task reads an image from its place
 * in the shard.
 */
final class TarShards {
  private static final String LABEL = "cls";

  /** A label is a number or a name. */
  private static final int MOST_LABEL_BYTES = 1_024;

  /** What a shard holds under a key. */
  private static final class Sample {
    private Labelled image;
    private String label;
  }

  private TarShards() {}

  static IngestionSource open(OwnSource own, List<SplitFile> shards) throws IOException {
    Map<SourceSplit, List<Sample>> samples = new EnumMap<>(SourceSplit.class);
    List<SourceFile> files = new ArrayList<>();
    for (Map.Entry<SourceSplit, List<SplitFile>> split :
        OwnImages.bySplit(own.source(), shards).entrySet()) {
      for (SplitFile shard : split.getValue()) {
        samples
            .computeIfAbsent(split.getKey(), key -> new ArrayList<>())
            .addAll(
                Unreadable.inOneSentence(
                    FileTree.shown(shard.location()), () -> read(own, shard, files)));
      }
    }
    List<String> classNames =
        own.classNames(
            samples.values().stream()
                .flatMap(List::stream)
                .map(sample -> sample.label)
                .distinct()
                .toList());
    Map<SourceSplit, List<Labelled>> images = new EnumMap<>(SourceSplit.class);
    samples.forEach(
        (split, ofSplit) ->
            images.put(
                split,
                ofSplit.stream()
                    .map(
                        sample ->
                            new Labelled(
                                sample.image.file(),
                                OwnSource.label(sample.label, classNames),
                                sample.image.bytes(),
                                sample.image.offset()))
                    .toList()));
    return own.ofFiles(classNames, images, files);
  }

  private static List<Sample> read(OwnSource own, SplitFile shard, List<SourceFile> files)
      throws IOException {
    Map<String, Sample> samples = new LinkedHashMap<>();
    MessageDigest sha256 = Checksums.sha256();
    long bytes;
    try (InputStream in =
            new DigestInputStream(FileTree.open(shard.location(), own.hadoop()), sha256);
        // By the type that has had this method in every version: a cluster's Spark brings its own.
        ArchiveInputStream<TarArchiveEntry> tar = new TarArchiveInputStream(in)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.isFile()) {
          add(samples, shard, entry, tar);
        }
      }
      in.transferTo(OutputStream.nullOutputStream());
      bytes = tar.getBytesRead();
    }
    files.add(new SourceFile(shard.name(), bytes, Checksums.hex(sha256)));
    for (Map.Entry<String, Sample> sample : samples.entrySet()) {
      if (sample.getValue().image == null || sample.getValue().label == null) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: %s has no %s (every key must have an image and a .cls with its class)",
                FileTree.shown(shard.location()),
                sample.getKey(),
                sample.getValue().image == null ? "image" : ".cls"));
      }
    }
    return List.copyOf(samples.values());
  }

  private static void add(
      Map<String, Sample> samples,
      SplitFile shard,
      TarArchiveEntry entry,
      ArchiveInputStream<TarArchiveEntry> tar)
      throws IOException {
    String name = entry.getName();
    int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
    // Hidden files are no samples.
    if (dot <= name.lastIndexOf('/') + 1) {
      return;
    }
    String suffix = name.substring(dot + 1).toLowerCase(Locale.ROOT);
    Sample sample = samples.computeIfAbsent(name.substring(0, dot), key -> new Sample());
    if (suffix.equals(LABEL)) {
      sample.label = new String(tar.readNBytes(MOST_LABEL_BYTES), StandardCharsets.UTF_8).strip();
    } else if (ImageFormat.isImage(name)) {
      if (sample.image != null) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: %s has several images (must have one)",
                FileTree.shown(shard.location()),
                name.substring(0, dot)));
      }
      // What was read so far ends with the entry's header.
      sample.image = new Labelled(shard.location(), 0, entry.getSize(), tar.getBytesRead());
    }
  }
}
