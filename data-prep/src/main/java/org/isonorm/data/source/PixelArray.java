package org.isonorm.data.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.shard.ImageShape;

/**
 * An array in a file whose bytes are, from some place on, one image after the other. Created on the
 * driver; serialized to executors.
 *
 * @param entry of a zip archive; empty for a file by itself
 * @param start bytes before the first image
 * @param images how many there are
 * @param shape of each, with 1, 3 or 4 channels, the last of four being dropped
 */
record PixelArray(String file, String entry, int start, int images, ImageShape shape)
    implements Serializable {
  private static final int CHANNELS = 3;

  /** As people read it. */
  String shown() {
    return FileTree.shown(file) + (entry.isEmpty() ? "" : " " + entry);
  }

  /** Opens a file or an entry at its first byte. */
  static InputStream open(String file, String entry, Configuration hadoop) throws IOException {
    InputStream in = FileTree.open(file, hadoop);
    if (entry.isEmpty()) {
      return file.toLowerCase(Locale.ROOT).endsWith(".gz") ? new GZIPInputStream(in) : in;
    }
    ArchiveInputStream<ZipArchiveEntry> zip = new ZipArchiveInputStream(in);
    for (ArchiveEntry next = zip.getNextEntry(); next != null; next = zip.getNextEntry()) {
      if (next.getName().equals(entry)) {
        return zip;
      }
    }
    zip.close();
    throw new IOException("Cannot read " + FileTree.shown(file) + ": it has no " + entry);
  }

  /** Opens it at an image. */
  InputStream at(int image, Configuration hadoop) throws IOException {
    InputStream in = open(file, entry, hadoop);
    in.skipNBytes(start + (long) image * shape.size());
    return in;
  }

  /** The next image of an open array, as RGB. */
  byte[] next(InputStream in) throws IOException {
    byte[] pixels = in.readNBytes(shape.size());
    if (pixels.length < shape.size()) {
      throw new EOFException("it ends early");
    }
    return DecodedImage.ofSamples(shape, pixels).pixels();
  }

  /** An image of {@link #next} in the size that was asked for. */
  byte[] resized(byte[] rgb, ImageFileSettings settings) {
    ImageShape from = new ImageShape(shape.height(), shape.width(), CHANNELS);
    return new DecodedImage(from, rgb).resized(settings.size()).pixels();
  }
}
