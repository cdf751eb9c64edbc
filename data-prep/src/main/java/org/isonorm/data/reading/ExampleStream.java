package org.isonorm.data.reading;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;

/**
 * The examples of a range of positions, epoch after epoch, of which a few are in memory at a time:
 * the window that is being taken from and the next one, as stored, and two batches of pixels.
 * Reading and decoding are done ahead on threads of their own.
 *
 * <p>What is at a place of an epoch is a function of the data set and the order alone, and reading
 * may begin anywhere: the window that holds the place is read, and nothing before it. Lives on
 * executors; for one thread at a time.
 */
public final class ExampleStream {
  private final DatasetManifest manifest;
  private final Configuration hadoop;
  private final StoredImages decoder;
  private final RowOrder order;
  private final long firstPosition;
  private final List<RowGroup> groups;
  private final int[] groupRows;
  private final int rows;

  /** Windows that are read, or are being read: the one to take from, and the one after it. */
  private final Deque<Opened> opened = new ArrayDeque<>();

  /** Images that are decoded, or are being decoded, in order. */
  private final Deque<Decoding> decoding = new ArrayDeque<>();

  private Epoch epoch;

  /** The place after the last window that was opened. */
  private Place nextWindow;

  /** The windows of an epoch. */
  private record Epoch(int number, List<RowOrder.Window> windows) {}

  /** A window of an epoch. */
  private record Place(int epoch, int window) {}

  /** Rows as they are stored; an image is null when it was taken. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Stored(byte[][] images, int[] labels, long[] indices) {}

  /** A window and how many of its rows were taken. */
  private static final class Opened {
    private final Future<Stored> content;
    private final int[] rows;

    /** Rank of its first row, counted over all epochs. */
    private final long first;

    private int taken;

    Opened(Future<Stored> content, int[] rows, long first) {
      this.content = content;
      this.rows = rows;
      this.first = first;
    }

    int left() {
      return rows.length - taken;
    }
  }

  /**
   * An image on its way.
   *
   * @param rank counted over all epochs
   */
  private record Decoding(long rank, Future<byte[]> pixels, int label, long index) {}

  private ExampleStream(
      DatasetManifest manifest,
      StoredImages decoder,
      RowOrder order,
      long firstPosition,
      List<RowGroup> groups,
      Configuration hadoop) {
    this.manifest = manifest;
    this.decoder = decoder;
    this.hadoop = hadoop;
    this.order = order;
    this.firstPosition = firstPosition;
    this.groups = groups;
    this.groupRows = groups.stream().mapToInt(RowGroup::rows).toArray();
    this.rows = IntStream.of(groupRows).sum();
  }

  /**
   * A stream of the rows of a range. Reads the footers of its files.
   *
   * @param datasetUri folder of the data set, any URI Hadoop reads
   * @throws IOException in one sentence that names the file, if one cannot be read
   * @throws IllegalArgumentException if the split has no such positions
   */
  public static ExampleStream open(
      DatasetManifest manifest,
      String datasetUri,
      Split split,
      PositionRange positions,
      RowOrder order,
      Configuration hadoop)
      throws IOException {
    return new ExampleStream(
        manifest,
        new StoredImages(manifest, datasetUri + "/" + split.directory()),
        order,
        positions.from(),
        RowGroup.of(manifest, datasetUri, split, positions, hadoop),
        hadoop);
  }

  /** Examples of an epoch. */
  public int size() {
    return rows;
  }

  /**
   * The examples at consecutive places of an epoch. Those after them are prepared meanwhile, so
   * that whoever asks for them next finds them.
   *
   * @param epochNumber counted from 0
   * @param from the first place
   * @param count how many, all of that epoch
   * @throws IOException in one sentence that names the file, if one cannot be read
   */
  public Shard read(int epochNumber, int from, int count) throws IOException {
    if (from < 0 || count < 1 || from + count > rows) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid places: %d to %d (must be within the %d of an epoch)",
              from,
              from + count,
              rows));
    }
    long first = (long) epochNumber * rows + from;
    try {
      return read(first, count);
    } catch (IOException | RuntimeException e) {
      drop(); // What is half done is begun anew by the next who asks.
      throw e;
    }
  }

  private Shard read(long first, int count) throws IOException {
    if (nextRank() != first) {
      seek(first);
    }
    while (decoding.size() < count) {
      decodeNext();
    }
    int bytes = manifest.shape().size();
    byte[] images = new byte[Math.multiplyExact(count, bytes)];
    int[] labels = new int[count];
    long[] indices = new long[count];
    for (int i = 0; i < count; i++) {
      Decoding image = decoding.remove();
      System.arraycopy(DecoderThreads.await(image.pixels()), 0, images, i * bytes, bytes);
      labels[i] = image.label();
      indices[i] = image.index();
    }
    while (decoding.size() < count && isRead()) {
      decodeNext();
    }
    return new Shard(
        manifest.shape(),
        firstPosition + Math.floorMod(first, (long) rows),
        images,
        labels,
        indices);
  }

  /** Images in memory or on their way there, as stored or decoded. */
  int held() {
    return decoding.size() + opened.stream().mapToInt(Opened::left).sum();
  }

  /** The rank that comes next, or -1 where nothing was opened. */
  private long nextRank() {
    if (!decoding.isEmpty()) {
      return decoding.element().rank();
    }
    return opened.isEmpty() ? -1 : opened.element().first + opened.element().taken;
  }

  /** Whether the window to take from is in memory. */
  private boolean isRead() {
    return !opened.isEmpty() && opened.element().content.isDone();
  }

  private void drop() {
    opened.forEach(window -> window.content.cancel(true));
    decoding.forEach(image -> image.pixels().cancel(true));
    opened.clear();
    decoding.clear();
  }

  /** Goes to the window that holds a rank. */
  private void seek(long rank) {
    drop();
    int number = Math.toIntExact(rank / rows);
    int left = Math.toIntExact(rank % rows);
    List<RowOrder.Window> windows = windows(number);
    int window = 0;
    while (left >= windows.get(window).rows().length) {
      left -= windows.get(window).rows().length;
      window++;
    }
    nextWindow = new Place(number, window);
    openNext(rank - left);
    opened.element().taken = left;
  }

  private List<RowOrder.Window> windows(int number) {
    if (epoch == null || epoch.number() != number) {
      epoch = new Epoch(number, order.windows(groupRows, number));
    }
    return epoch.windows();
  }

  /**
   * Begins to read the next window, if there is one.
   *
   * @param first rank of its first row
   */
  private void openNext(long first) {
    List<RowOrder.Window> windows = windows(nextWindow.epoch());
    if (nextWindow.window() == windows.size()) {
      if (!order.repeats()) {
        return;
      }
      nextWindow = new Place(nextWindow.epoch() + 1, 0);
      windows = windows(nextWindow.epoch());
    }
    RowOrder.Window window = windows.get(nextWindow.window());
    opened.add(
        new Opened(DecoderThreads.READERS.submit(() -> stored(window)), window.rows(), first));
    nextWindow = new Place(nextWindow.epoch(), nextWindow.window() + 1);
  }

  private Stored stored(RowOrder.Window window) throws IOException {
    int size = window.rows().length;
    byte[][] images = new byte[size][];
    int[] labels = new int[size];
    long[] indices = new long[size];
    int[] filled = {0};
    for (int group : window.groups()) {
      groups
          .get(group)
          .read(
              manifest,
              hadoop,
              (image, label, index) -> {
                int row = filled[0]++;
                images[row] = new byte[image.remaining()];
                image.get(images[row]);
                labels[row] = label;
                indices[row] = index;
              });
    }
    return new Stored(images, labels, indices);
  }

  /** Takes the next row and has it decoded; waits for its window. */
  private void decodeNext() throws IOException {
    Opened window = opened.element();
    if (opened.size() == 1) {
      openNext(window.first + window.rows.length);
    }
    Stored content = DecoderThreads.await(window.content);
    int row = window.rows[window.taken];
    byte[] image = content.images()[row];
    content.images()[row] = null;
    decoding.add(
        new Decoding(
            window.first + window.taken,
            decoder.pixels(image, content.indices()[row]),
            content.labels()[row],
            content.indices()[row]));
    window.taken++;
    if (window.left() == 0) {
      opened.remove();
    }
  }
}
