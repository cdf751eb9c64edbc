package org.isonorm.spark.tensorboard;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.nd4j.shade.protobuf.DynamicMessage;
import org.tensorflow.framework.Summary;

/**
 * A file of events that TensorBoard shows, in a run's folder. A record is its length (uint64), the
 * masked CRC-32C of that, the event, and the masked CRC-32C of the event (uint32), all little
 * endian (TensorFlow's TFRecord format). Each record is on disk when the call returns. Lives on the
 * driver.
 */
public final class EventFile implements AutoCloseable {
  /** What the names of such files begin with. */
  public static final String PREFIX = "events.out.tfevents.";

  private static final String VERSION = "brain.Event:2";
  private static final int MASK_DELTA = 0xa282ead8;

  private final Path path;
  private final OutputStream file;

  private EventFile(Path path) throws IOException {
    this.path = path;
    this.file = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Opens a new file in a run's folder.
   *
   * @param stepsDone where the run goes on from, 0 for a new one: TensorBoard drops what earlier
   *     files say of later steps
   */
  public static EventFile open(Path folder, long stepsDone) throws IOException {
    String name =
        String.format(Locale.ROOT, PREFIX + "%010d.%s", Instant.now().getEpochSecond(), host());
    EventFile events = new EventFile(folder.resolve(name));
    events.write(EventSchema.version(seconds(), VERSION));
    if (stepsDone > 0) {
      events.write(EventSchema.start(seconds(), stepsDone + 1));
    }
    return events;
  }

  /** Appends values by tag. */
  public void scalars(long step, Map<String, Double> values) {
    Summary.Builder summary = Summary.newBuilder();
    values.forEach(
        (tag, value) -> summary.addValueBuilder().setTag(tag).setSimpleValue(value.floatValue()));
    append(EventSchema.summary(seconds(), step, summary.build()));
  }

  /** Appends the distribution of some values. */
  public void histogram(long step, String tag, float[] values) {
    Summary.Builder summary = Summary.newBuilder();
    summary.addValueBuilder().setTag(tag).setHisto(Histogram.of(values));
    append(EventSchema.summary(seconds(), step, summary.build()));
  }

  private void append(DynamicMessage event) {
    try {
      write(event);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot write %s: %s", path, e.getMessage()), e);
    }
  }

  private void write(DynamicMessage event) throws IOException {
    byte[] data = event.toByteArray();
    ByteBuffer record = ByteBuffer.allocate(16 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(data.length).putInt(maskedCrc(record.array(), 8)).put(data);
    record.putInt(maskedCrc(data, data.length));
    file.write(record.array());
    file.flush();
  }

  /** The CRC rotated right by 15 bits, plus a constant. */
  static int maskedCrc(byte[] data, int length) {
    CRC32C crc = new CRC32C();
    crc.update(data, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }

  private static double seconds() {
    return System.currentTimeMillis() / 1000.0;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
