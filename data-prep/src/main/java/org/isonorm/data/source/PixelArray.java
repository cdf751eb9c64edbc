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
 * @param shape of each, with 1 to 4 channels
 */
record PixelArray(String file, String entry, int start, int images, ImageShape shape)
    implements Serializable {
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

  /** The next image of an open array. */
  DecodedImage next(InputStream in) throws IOException {
    byte[] pixels = in.readNBytes(shape.size());
    if (pixels.length < shape.size()) {
      throw new EOFException("it ends early");
    }
    return new DecodedImage(shape, pixels);
  }

  /** The shape of its images when they are prepared by the settings. */
  ImageShape prepared(ImageFileSettings settings) {
    int channels = settings.channels().stored(shape.channels());
    return settings.size().of(new ImageShape(shape.height(), shape.width(), channels));
  }
}
