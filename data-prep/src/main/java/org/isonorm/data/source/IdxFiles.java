package org.isonorm.data.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.data.source.OwnImages.SplitFile;

/**
 * MNIST's files and those like them (LeCun, Cortes, Burges 1998): {@code train-images-idx3-ubyte},
 * {@code train-labels-idx1-ubyte}, {@code t10k-…}, gzipped or not; grey levels, of one channel.
 */
final class IdxFiles {
  private static final int UNSIGNED_BYTES = 0x08;

  private IdxFiles() {}

  /** Whether a name in lower case is that of a file of images. */
  static boolean isImages(String name) {
    return name.matches(".*images[.-]idx3(-ubyte)?(\\.gz)?");
  }

  static IngestionSource open(OwnSource own, List<SplitFile> files) throws IOException {
    Map<SourceSplit, PixelArrays.Labelled> found = new EnumMap<>(SourceSplit.class);
    List<SourceFile> sources = new ArrayList<>();
    for (SplitFile file : files) {
      SourceSplit split =
          file.name().toLowerCase(Locale.ROOT).contains("t10k")
              ? SourceSplit.TEST
              : file.splitByName(own.source());
      if (split == null || found.containsKey(split)) {
        throw own.refused(
            String.format(
                Locale.ROOT,
                "it is unclear which split %s is of (must be one file each named train-images-idx3-ubyte and t10k-images-idx3-ubyte)",
                file.name()));
      }
      String labelsName = file.name().replace("images", "labels").replace("idx3", "idx1");
      String labels = file.folder() + "/" + labelsName;
      int[] images = sizes(file.location(), 3, own.hadoop());
      PixelArray array =
          new PixelArray(
              file.location(), "", 16, images[0], new ImageShape(images[1], images[2], 1));
      found.put(
          split,
          new PixelArrays.Labelled(
              array,
              Unreadable.inOneSentence(
                  FileTree.shown(labels), () -> labels(labels, own.hadoop()))));
      sources.add(PixelArrays.checksum(own, file.location(), file.name()));
      sources.add(PixelArrays.checksum(own, labels, labelsName));
    }
    return PixelArrays.source(own, found, sources);
  }

  /** The sizes that a file's head gives. */
  private static int[] sizes(String location, int dimensions, Configuration hadoop)
      throws IOException {
    return Unreadable.inOneSentence(
        FileTree.shown(location),
        () -> {
          try (InputStream in = PixelArray.open(location, "", hadoop)) {
            return sizes(in, dimensions);
          }
        });
  }

  private static int[] sizes(InputStream in, int dimensions) throws IOException {
    ByteBuffer head = ByteBuffer.wrap(in.readNBytes(Integer.BYTES * (1 + dimensions)));
    if (head.remaining() < Integer.BYTES * (1 + dimensions)
        || head.getInt() != (UNSIGNED_BYTES << 8 | dimensions)) {
      throw new IOException(
          "it is not an idx file of " + dimensions + " dimensions of unsigned bytes");
    }
    int[] sizes = new int[dimensions];
    for (int i = 0; i < dimensions; i++) {
      sizes[i] = head.getInt();
      if (sizes[i] < 0) {
        throw new IOException("its head is damaged");
      }
    }
    return sizes;
  }

  private static int[] labels(String location, Configuration hadoop) throws IOException {
    try (InputStream in = PixelArray.open(location, "", hadoop)) {
      int[] labels = new int[sizes(in, 1)[0]];
      byte[] bytes = in.readNBytes(labels.length);
      if (bytes.length < labels.length) {
        throw new EOFException("it ends early");
      }
      for (int i = 0; i < labels.length; i++) {
        labels[i] = bytes[i] & 0xff;
      }
      return labels;
    }
  }
}
