package org.isonorm.data.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.data.source.OwnImages.SplitFile;

/**
 * NumPy's archives of arrays: {@code x_train, y_train[, x_val, y_val][, x_test, y_test]} as Keras
 * has them, or {@code train_images, train_labels, …} as MedMNIST. Images are uint8, N×H×W or
 * N×H×W×C. The header of an array is that of NumPy's format (NEP 1).
 */
final class NumpyArrays {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MOST_HEADER_BYTES = 1 << 16;
  private static final int MOST_CHANNELS = 4;
  private static final Pattern TYPE = Pattern.compile("'descr': *'([^']+)'");
  private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([^)]*)\\)");
  private static final Pattern KEY =
      Pattern.compile("([xy])_([a-z]+)|([a-z]+)_(images?|labels?|x|y)");

  /** What an array's header says. */
  private record Header(String type, boolean columnMajor, List<Integer> shape, int bytes) {}

  private NumpyArrays() {}

  static IngestionSource open(OwnSource own, List<SplitFile> files) throws IOException {
    if (files.size() > 1) {
      throw own.refused(
          "it holds several .npz files (must be one with x_train, y_train and, if there are any, x_val, y_val, x_test, y_test)");
    }
    SplitFile file = files.get(0);
    return Unreadable.inOneSentence(FileTree.shown(file.location()), () -> read(own, file));
  }

  private static IngestionSource read(OwnSource own, SplitFile file) throws IOException {
    Map<SourceSplit, PixelArray> images = new EnumMap<>(SourceSplit.class);
    Map<SourceSplit, int[]> labels = new EnumMap<>(SourceSplit.class);
    Map<String, Header> all = new TreeMap<>();
    try (ArchiveInputStream<ZipArchiveEntry> zip =
        new ZipArchiveInputStream(FileTree.open(file.location(), own.hadoop()))) {
      for (ArchiveEntry next = zip.getNextEntry(); next != null; next = zip.getNextEntry()) {
        String name = next.getName();
        Header header = header(zip, FileTree.shown(file.location()) + " " + name);
        all.put(name, header);
        Matcher key = KEY.matcher(name.toLowerCase(Locale.ROOT).replaceFirst("\\.npy$", ""));
        if (!key.matches()) {
          continue;
        }
        SourceSplit split =
            SourceSplit.ofFolder(key.group(2) == null ? key.group(3) : key.group(2)).orElse(null);
        if (split == null) {
          continue;
        }
        String what = key.group(1) == null ? key.group(4) : key.group(1);
        if (what.equals("x") || what.startsWith("image")) {
          images.put(split, images(own, file, name, header));
        } else {
          labels.put(split, labels(own, zip, name, header));
        }
      }
    }
    if (images.isEmpty() || !images.keySet().equals(labels.keySet())) {
      throw own.refused(
          "it holds "
              + String.join(", ", all.keySet())
              + " (must hold x_train and y_train, or train_images and train_labels, and likewise for val and test if there are any)");
    }
    Map<SourceSplit, PixelArrays.Labelled> found = new EnumMap<>(SourceSplit.class);
    images.forEach(
        (split, array) -> found.put(split, new PixelArrays.Labelled(array, labels.get(split))));
    List<SourceFile> sources = List.of(PixelArrays.checksum(own, file.location(), file.name()));
    return PixelArrays.source(own, found, sources);
  }

  private static Header header(InputStream in, String name) throws IOException {
    byte[] start = in.readNBytes(MAGIC.length + 2);
    if (start.length < MAGIC.length + 2
        || !Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new IOException("Cannot read " + name + ": it is not a NumPy array");
    }
    int lengthBytes = start[MAGIC.length] == 1 ? Short.BYTES : Integer.BYTES;
    ByteBuffer length = ByteBuffer.wrap(in.readNBytes(lengthBytes)).order(ByteOrder.LITTLE_ENDIAN);
    if (length.remaining() < lengthBytes) {
      throw new EOFException("it ends early");
    }
    int bytes = lengthBytes == Short.BYTES ? length.getShort() & 0xffff : length.getInt();
    if (bytes < 0 || bytes > MOST_HEADER_BYTES) {
      throw new IOException("Cannot read " + name + ": its header is damaged");
    }
    String text = new String(in.readNBytes(bytes), StandardCharsets.UTF_8);
    Matcher type = TYPE.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!type.find() || !shape.find()) {
      throw new IOException("Cannot read " + name + ": its header is damaged, or it holds records");
    }
    List<Integer> sizes = new ArrayList<>();
    for (String size : shape.group(1).split(",")) {
      if (!size.isBlank()) {
        sizes.add(Integer.parseInt(size.strip()));
      }
    }
    return new Header(
        type.group(1),
        text.contains("'fortran_order': True"),
        sizes,
        MAGIC.length + 2 + lengthBytes + bytes);
  }

  private static PixelArray images(OwnSource own, SplitFile file, String name, Header header)
      throws IOException {
    List<Integer> shape = header.shape();
    int channels = shape.size() == 3 ? 1 : shape.size() == 4 ? shape.get(3) : 0;
    if (!header.type().equals("|u1")) {
      throw own.refused(
          String.format(
              Locale.ROOT,
              "%s is of type %s (must be uint8; numbers from 0 to 1 become it by (255 * x).round().astype('uint8'))",
              name,
              header.type()));
    }
    if (channels < 1 || channels > MOST_CHANNELS) {
      throw own.refused(
          String.format(
              Locale.ROOT,
              "%s has the shape %s (must be N×H×W or N×H×W×C with 1 to 4 channels; x.transpose(0, 2, 3, 1) puts them last)",
              name,
              shape));
    }
    if (header.columnMajor() && shape.get(0) > 1) {
      throw own.refused(
          name + " is in Fortran's order (must be in C's; numpy.ascontiguousarray makes it so)");
    }
    return new PixelArray(
        file.location(),
        name,
        header.bytes(),
        shape.get(0),
        new ImageShape(shape.get(1), shape.get(2), channels));
  }

  private static int[] labels(OwnSource own, InputStream in, String name, Header header)
      throws IOException {
    Matcher type = Pattern.compile("([<>|])([iu])([1248])").matcher(header.type());
    List<Integer> shape = header.shape();
    boolean flat = shape.size() == 1 || (shape.size() == 2 && shape.get(1) == 1);
    if (!type.matches() || !flat) {
      throw own.refused(
          String.format(
              Locale.ROOT,
              "%s is of type %s and shape %s (must be whole numbers, N or N×1; one-hot rows become them by y.argmax(1))",
              name,
              header.type(),
              shape));
    }
    int width = Integer.parseInt(type.group(3));
    ByteBuffer bytes =
        ByteBuffer.wrap(in.readNBytes(Math.multiplyExact(shape.get(0), width)))
            .order(type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int[] labels = new int[shape.get(0)];
    if (bytes.remaining() < labels.length * width) {
      throw new EOFException("it ends early");
    }
    boolean unsigned = type.group(2).equals("u");
    for (int i = 0; i < labels.length; i++) {
      long value =
          switch (width) {
            case 1 -> unsigned ? bytes.get() & 0xff : bytes.get();
            case 2 -> unsigned ? bytes.getShort() & 0xffff : bytes.getShort();
            case 4 -> unsigned ? bytes.getInt() & 0xffffffffL : bytes.getInt();
            default -> bytes.getLong();
          };
      // Out of range in any case, which is found later.
      labels[i] = value < 0 || value > Integer.MAX_VALUE ? -1 : (int) value;
    }
    return labels;
  }
}
