package org.isonorm.data.source;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStreamImpl;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.shard.Resampling;

/**
 * Reads the pixels of one image file row by row. PNG and JPEG files are read in strips where they
 * are large, so that memory is bounded by the strip and not by the picture.
 */
final class ImageDecoder {
  /** As many bytes of samples at a time as leave three times that for a task. */
  private static final long STRIP_BYTES =
      Math.max(
          Runtime.getRuntime().maxMemory() / (3L * Runtime.getRuntime().availableProcessors()),
          16L << 20);

  /**
   * libjpeg's words for bytes that were left before a marker; before the end of the picture cameras
   * write some to fill a block.
   */
  private static final Pattern FILLED =
      Pattern.compile(".*: (\\d+) extraneous bytes before marker 0xd9");

  private static final int MOST_FILLING = 64;

  /** A flag of WebP's extended header. */
  private static final int ANIMATION = 2;

  /** Takes the rows of an image from the top to the bottom. */
  interface Rows {
    /**
     * Takes a row.
     *
     * @param pixels whose array may be used again for the next
     * @param channels of each, the same in all rows
     */
    void accept(byte[] pixels, int channels);
  }

  private final byte[] file;
  private final ImageFormat format;
  private final ImageFileSettings settings;
  private final long stripBytes;
  private final List<String> warnings = new ArrayList<>();

  private ImageDecoder(
      byte[] file, ImageFormat format, ImageFileSettings settings, long stripBytes) {
    this.file = file;
    this.format = format;
    this.settings = settings;
    this.stripBytes = stripBytes;
  }

  /**
   * Decodes a file, turns it upright and resizes it as the settings say.
   *
   * @throws IOException with the end of a sentence, or RuntimeException of the readers, if it
   *     cannot be read whole
   */
  static DecodedImage decode(byte[] file, ImageFileSettings settings) throws IOException {
    return decode(file, settings, STRIP_BYTES);
  }

  /** As above, in strips of about so many bytes of samples. */
  static DecodedImage decode(byte[] file, ImageFileSettings settings, long stripBytes)
      throws IOException {
    ImageFormat format = ImageFormat.of(file);
    if (format == null) {
      throw new IOException(ImageFormat.remedy(file));
    }
    return new ImageDecoder(file, format, settings, stripBytes).decode();
  }

  private DecodedImage decode() throws IOException {
    return switch (format) {
      case JPEG -> {
        JpegFile jpeg = JpegFile.parse(file);
        yield collect(
            jpeg.width(), jpeg.height(), jpeg.orientation(), rows -> readJpeg(jpeg, rows));
      }
      case PNG -> {
        PngFile png = PngFile.parse(file);
        yield collect(png.width(), png.height(), png.orientation(), rows -> readPng(png, rows));
      }
      case WEBP, GIF, BMP, TIFF -> readWhole();
    };
  }

  /** A source of rows. */
  private interface Reading {
    void into(Rows rows) throws IOException;
  }

  private DecodedImage collect(int width, int height, int orientation, Reading reading)
      throws IOException {
    checkSize(width, height);
    // Pillow turns a TIFF upright when it opens it.
    int turn = settings.upright() || format == ImageFormat.TIFF ? orientation : Exif.UPRIGHT;
    boolean transposed = Exif.isTransposed(turn);
    Collected collected =
        new Collected(
            height, width, transposed ? settings.size().transposed() : settings.size(), settings);
    reading.into(collected);
    checkWarnings();
    ImageShape shape = collected.shape;
    byte[] upright = Exif.upright(collected.pixels(), shape.height(), shape.width(), turn);
    return new DecodedImage(
        transposed ? new ImageShape(shape.width(), shape.height(), shape.channels()) : shape,
        upright);
  }

  /** An image whose rows get their channels and its size as they come. */
  private static final class Collected implements Rows {
    private final int height;
    private final int width;
    private final ImageSize size;
    private final ImageFileSettings settings;
    private ImageShape shape;
    private byte[] converted;
    private Resampling.RowByRow resized;
    private byte[] all;
    private int at;

    Collected(int height, int width, ImageSize size, ImageFileSettings settings) {
      this.height = height;
      this.width = width;
      this.size = size;
      this.settings = settings;
    }

    private void begin(int channels) {
      ImageShape read = new ImageShape(height, width, settings.channels().stored(channels));
      shape = size.of(read);
      converted = new byte[Math.multiplyExact(width, read.channels())];
      if (shape.equals(read)) {
        all = new byte[read.size()];
      } else {
        resized = Resampling.of(read, shape.height(), shape.width()).rowByRow();
      }
    }

    @Override
    public void accept(byte[] pixels, int channels) {
      if (shape == null) {
        begin(channels);
      }
      byte[] row = pixels;
      if (channels != shape.channels()) {
        Channels.convert(pixels, channels, converted, shape.channels());
        row = converted;
      }
      if (resized != null) {
        resized.accept(row);
      } else {
        System.arraycopy(row, 0, all, at, row.length);
        at += row.length;
      }
    }

    byte[] pixels() {
      return resized == null ? all : resized.levels();
    }
  }

  /** A few bytes may promise a picture that no memory holds. */
  private void checkSize(int width, int height) throws IOException {
    if ((long) width * height > settings.maxPixels()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "it has %d×%d pixels (must be at most %d in all; raise max-pixels if you trust it)",
              width,
              height,
              settings.maxPixels()));
    }
  }

  /** A decoder that only warns has put grey where it lost the picture. */
  private void checkWarnings() throws IOException {
    for (String warning : warnings) {
      Matcher filled = FILLED.matcher(warning);
      if (!(filled.matches() && Integer.parseInt(filled.group(1)) <= MOST_FILLING)) {
        throw new IOException(String.format(Locale.ROOT, "it is damaged (%s)", warning));
      }
    }
  }

  private void readJpeg(JpegFile jpeg, Rows rows) throws IOException {
    int samples = jpeg.width() * jpeg.colours().components();
    byte[] row = new byte[samples];
    int channels = jpeg.colours().channels();
    byte[] light = new byte[jpeg.width() * channels];
    int strip = strip(samples, jpeg.height());
    byte[] stream = ProgressiveJpeg.inOneScan(jpeg.stream(), stripBytes).orElse(jpeg.stream());
    for (int top = 0; top < jpeg.height(); top += strip) {
      Raster raster;
      try (ReadingFrom from = new ReadingFrom(ofJava("jpeg"), stream)) {
        raster = from.reader.readRaster(0, region(from, jpeg.width(), top, strip, jpeg.height()));
      }
      if (raster.getNumBands() != jpeg.colours().components()) {
        throw new IOException("its header and its picture differ in components: it is damaged");
      }
      for (int y = 0; y < raster.getHeight(); y++) {
        raster.getDataElements(0, y, jpeg.width(), 1, row);
        jpeg.toLight(row, light);
        rows.accept(light, channels);
      }
    }
  }

  private void readPng(PngFile png, Rows rows) throws IOException {
    if (PngRows.suits(png)) {
      PngRows.read(png, hasAlpha(), rows);
      return;
    }
    int strip = strip(png.width() * 8L, png.height());
    for (int top = 0; top < png.height(); top += strip) {
      BufferedImage image;
      try (ReadingFrom from = new ReadingFrom(ofJava("png"), png.stream())) {
        image = from.reader.read(0, region(from, png.width(), top, strip, png.height()));
      }
      each(image, rows);
    }
  }

  private int strip(long rowBytes, int height) {
    return (int) Math.min(Math.max(stripBytes / rowBytes, 16), height);
  }

  private static ImageReadParam region(
      ReadingFrom from, int width, int top, int strip, int height) {
    ImageReadParam param = from.reader.getDefaultReadParam();
    if (strip < height) {
      param.setSourceRegion(new Rectangle(0, top, width, Math.min(strip, height - top)));
    }
    return param;
  }

  private DecodedImage readWhole() throws IOException {
    if (format == ImageFormat.WEBP) {
      checkWebp();
    }
    ImageReaderSpi spi =
        switch (format) {
          // Spark loads this jar after ImageIO has looked for plug-ins.
          case WEBP -> new WebPImageReaderSpi();
          case GIF -> ofJava("gif");
          case BMP -> ofJava("bmp");
          default -> ofJava("tiff");
        };
    int orientation =
        switch (format) {
          case TIFF -> Exif.orientation(file, 0, file.length);
          case WEBP -> orientationOfWebp();
          default -> 0;
        };
    try (ReadingFrom from = new ReadingFrom(spi, file)) {
      int width = from.reader.getWidth(0);
      int height = from.reader.getHeight(0);
      checkSize(width, height);
      if (format == ImageFormat.GIF && (unsigned16(6) != width || unsigned16(8) != height)) {
        throw new IOException(
            "its first frame fills a part of it alone, which is not read (save it as PNG)");
      }
      return collect(width, height, orientation, rows -> each(from.reader.read(0), rows));
    }
  }

  private void checkWebp() throws IOException {
    ByteBuffer chunks = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < 21 || Integer.toUnsignedLong(chunks.getInt(4)) > file.length - 8) {
      throw new IOException("it ends in the middle of its picture: it is cut off");
    }
    boolean isExtended = new String(file, 12, 4, StandardCharsets.ISO_8859_1).equals("VP8X");
    if (isExtended && (file[20] & ANIMATION) != 0) {
      throw new IOException(
          "it is an animation (take a frame, as in: webpmux -get frame 1 image.webp -o frame.webp)");
    }
  }

  private int unsigned16(int at) {
    return file[at] & 0xff | (file[at + 1] & 0xff) << 8;
  }

  private int orientationOfWebp() {
    ByteBuffer chunks = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = 12; at + 8 <= file.length; ) {
      String type = new String(file, (int) at, 4, StandardCharsets.ISO_8859_1);
      long bytes = Integer.toUnsignedLong(chunks.getInt((int) at + 4));
      int data = (int) at + 8;
      if (type.equals("EXIF") && data + bytes <= file.length) {
        // Some write the marker of JPEG's block before it.
        int skip = bytes > 6 && file[data] == 'E' ? 6 : 0;
        return Exif.orientation(file, data + skip, (int) bytes - skip);
      }
      at = data + bytes + bytes % 2;
    }
    return 0;
  }

  /**
   * The rows of a picture as it is stored: no profile is applied, and transparency is dropped where
   * it was not asked for.
   */
  private void each(BufferedImage image, Rows rows) throws IOException {
    Raster raster = image.getRaster();
    RowOfSamples samples = RowOfSamples.of(image.getColorModel(), raster, hasAlpha());
    byte[] row = new byte[image.getWidth() * samples.channels()];
    for (int y = 0; y < image.getHeight(); y++) {
      samples.read(raster, y, row);
      rows.accept(row, samples.channels());
    }
  }

  /** Whether transparency becomes a channel. */
  private boolean hasAlpha() {
    return settings.channels() == ChannelChoice.FOUR;
  }

  private static ImageReaderSpi ofJava(String format) throws IOException {
    Iterator<ImageReaderSpi> readers =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
    while (readers.hasNext()) {
      ImageReaderSpi reader = readers.next();
      if (reader.getClass().getName().startsWith("com.sun.imageio.plugins.")
          && Arrays.asList(reader.getFormatNames()).contains(format)) {
        return reader;
      }
    }
    throw new IOException(
        String.format(
            Locale.ROOT,
            "it needs a reader of %s, which this Java lacks (use a JDK with the module java.desktop)",
            format));
  }

  /** A reader of the file, whose warnings are kept. */
  private final class ReadingFrom implements AutoCloseable {
    private final ImageReader reader;

    ReadingFrom(ImageReaderSpi spi, byte[] content) throws IOException {
      reader = spi.createReaderInstance();
      if (format != ImageFormat.TIFF) { // whose reader warns of tags that it does not know
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      }
      reader.setInput(new Bytes(content), false, true);
    }

    @Override
    public void close() {
      reader.dispose();
    }
  }

  /** A file's content as ImageIO takes it, without a copy. */
  private static final class Bytes extends ImageInputStreamImpl {
    private final byte[] content;

    Bytes(byte[] content) {
      this.content = content;
    }

    @Override
    public int read() {
      bitOffset = 0;
      return streamPos < content.length ? content[(int) streamPos++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int at, int length) {
      bitOffset = 0;
      if (streamPos >= content.length) {
        return -1;
      }
      int count = (int) Math.min(length, content.length - streamPos);
      System.arraycopy(content, (int) streamPos, into, at, count);
      streamPos += count;
      return count;
    }

    @Override
    public long length() {
      return content.length;
    }
  }
}
