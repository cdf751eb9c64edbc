package org.isonorm.data.source;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;

/**
 * The chunks of a PNG file. Java's own reader leaves checksums unread, and stumbles over chunks
 * that say nothing about the pixels; so it is given those alone that do, checked.
 *
 * @param orientation how the camera was held, as {@link Exif} writes it; 0 if it is not said
 * @param stream the chunks that hold the picture
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PngFile(int width, int height, int orientation, byte[] stream) {
  private static final int SIGNATURE_BYTES = 8;

  /** A length, a type and a checksum. */
  private static final int CHUNK_BYTES = 12;

  private static final String XMP = "XML:com.adobe.xmp\0";

  /** How ImageMagick wrote EXIF before PNG had a chunk for it: as text. */
  private static final String RAW_PROFILE = "Raw profile type exif\0";

  /** Pillow's limit for an unpacked text. */
  private static final int MOST_TEXT = 1 << 20;

  /**
   * Reads the chunks.
   *
   * @throws IOException with the end of a sentence, if one is damaged or the picture is cut off
   */
  static PngFile parse(byte[] file) throws IOException {
    ByteBuffer chunks = ByteBuffer.wrap(file);
    ByteArrayOutputStream stream = new ByteArrayOutputStream(file.length);
    stream.write(file, 0, SIGNATURE_BYTES);
    int width = 0;
    int height = 0;
    int exif = -1;
    int profile = 0;
    int xmp = 0;
    String type = "";
    for (int at = SIGNATURE_BYTES; at < file.length && !type.equals("IEND"); ) {
      long bytes = at + 8 <= file.length ? Integer.toUnsignedLong(chunks.getInt(at)) : file.length;
      if (at + CHUNK_BYTES + bytes > file.length) {
        throw new IOException("it ends in the middle of a chunk: it is cut off");
      }
      type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      int data = at + 8;
      int end = (int) (data + bytes);
      switch (type) {
        case "IHDR" -> {
          if (bytes < 13) {
            throw new IOException("its header is damaged");
          }
          width = chunks.getInt(data);
          height = chunks.getInt(data + 4);
        }
        case "eXIf" -> exif = Exif.orientation(file, data, (int) bytes);
        case "iTXt" -> {
          if (starts(file, data, (int) bytes, XMP)) {
            xmp = Exif.ofXmp(file, data, (int) bytes);
          }
        }
        case "tEXt", "zTXt" -> {
          if (starts(file, data, (int) bytes, RAW_PROFILE)) {
            int from = data + RAW_PROFILE.length();
            profile = Exif.ofRawProfile(text(file, from, end, type.equals("zTXt")));
          }
        }
        default -> {
          // Transparency, gamma and profiles are not applied; the rest is text.
        }
      }
      if (type.equals("IHDR")
          || type.equals("PLTE")
          || type.equals("IDAT")
          || type.equals("IEND")) {
        CRC32 checksum = new CRC32();
        checksum.update(file, at + 4, end - at - 4);
        if ((int) checksum.getValue() != chunks.getInt(end)) {
          throw new IOException(
              String.format(Locale.ROOT, "its chunk %s has a wrong checksum: it is damaged", type));
        }
        stream.write(file, at, end + 4 - at);
      }
      at = end + 4;
    }
    if (width <= 0 || height <= 0) {
      throw new IOException(String.format(Locale.ROOT, "it has %d×%d pixels", width, height));
    }
    // As Pillow: a chunk of EXIF counts before a text of it, and XMP where neither says it.
    int orientation = exif >= 0 ? exif : profile;
    return new PngFile(width, height, orientation > 0 ? orientation : xmp, stream.toByteArray());
  }

  private static boolean starts(byte[] file, int at, int bytes, String start) {
    return new String(file, at, bytes, StandardCharsets.ISO_8859_1).startsWith(start);
  }

  /** The text of a chunk behind its key; empty where it is broken, as other readers take it. */
  private static String text(byte[] file, int at, int end, boolean isCompressed) {
    if (!isCompressed) {
      return new String(file, at, end - at, StandardCharsets.ISO_8859_1);
    }
    // A byte that says how it is compressed comes first.
    int from = Math.min(at + 1, end);
    try (InputStream in =
        new InflaterInputStream(new ByteArrayInputStream(file, from, end - from))) {
      return new String(in.readNBytes(MOST_TEXT), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
