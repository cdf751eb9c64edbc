package org.isonorm.spark.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.protobuf.DynamicMessage;
import org.tensorflow.framework.HistogramProto;
import org.tensorflow.framework.Summary;

class EventFileTest {
  @TempDir Path folder;

  /** Of the length 24, with which every file of TensorFlow's begins. */
  @Test
  void masksTheChecksumAsTensorFlowDoes() {
    byte[] length = {24, 0, 0, 0, 0, 0, 0, 0};
    assertThat(EventFile.maskedCrc(length, length.length)).isEqualTo(0x224b7fa3);
  }

  @Test
  void writesScalarsAndHistograms() throws IOException {
    try (EventFile events = EventFile.open(folder, 0)) {
      events.scalars(7, Map.of("train/loss", 0.5));
      events.histogram(8, "parameters/conv_W", new float[] {-1, 0, 0, 1, Float.NaN});
    }
    List<DynamicMessage> events = events();
    assertThat(events).hasSize(3);
    assertThat(field(events.get(0), "file_version")).isEqualTo("brain.Event:2");
    assertThat(field(events.get(1), "step")).isEqualTo(7L);
    Summary.Value scalar = value(events.get(1));
    assertThat(scalar.getTag()).isEqualTo("train/loss");
    assertThat(scalar.getSimpleValue()).isEqualTo(0.5f);
    HistogramProto histogram = value(events.get(2)).getHisto();
    assertThat(histogram.getNum()).isEqualTo(4);
    assertThat(histogram.getMin()).isEqualTo(-1);
    assertThat(histogram.getMax()).isEqualTo(1);
    assertThat(histogram.getSumSquares()).isEqualTo(2);
    assertThat(histogram.getBucketList().stream().mapToDouble(Double::doubleValue).sum())
        .isEqualTo(4);
    assertThat(histogram.getBucketLimitList()).isSorted().hasSameSizeAs(histogram.getBucketList());
  }

  @Test
  void equalValuesAreOneBucket() {
    HistogramProto histogram = Histogram.of(new float[] {3, 3, 3});
    assertThat(histogram.getBucketLimitList()).containsExactly(3.0);
    assertThat(histogram.getBucketList()).containsExactly(3.0);
  }

  @Test
  void aResumedRunVoidsLaterStepsOfEarlierFiles() throws IOException {
    EventFile.open(folder, 40).close();
    DynamicMessage start = events().get(1);
    assertThat(field(start, "step")).isEqualTo(41L);
    DynamicMessage log = (DynamicMessage) field(start, "session_log");
    assertThat(log.getAllFields().values()).containsExactly(1);
  }

  private static Object field(DynamicMessage event, String name) {
    return event.getField(EventSchema.EVENT.findFieldByName(name));
  }

  private static Summary.Value value(DynamicMessage event) throws IOException {
    return Summary.parseFrom(((DynamicMessage) field(event, "summary")).toByteArray()).getValue(0);
  }

  /** The events of the folder's only file, whose checksums are right. */
  private List<DynamicMessage> events() throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.reduce((first, second) -> null).orElseThrow();
    }
    assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.");
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<DynamicMessage> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = Arrays.copyOfRange(bytes.array(), bytes.position(), bytes.position() + 8);
      byte[] data = new byte[(int) bytes.getLong()];
      assertThat(bytes.getInt()).isEqualTo(EventFile.maskedCrc(length, 8));
      bytes.get(data);
      assertThat(bytes.getInt()).isEqualTo(EventFile.maskedCrc(data, data.length));
      events.add(DynamicMessage.parseFrom(EventSchema.EVENT, data));
    }
    return events;
  }
}
