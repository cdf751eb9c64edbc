package org.isonorm.network.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SafeTensorsTest {
  private static final NamedTensor FIRST =
      new NamedTensor("a", new long[] {2, 1}, new float[] {1, -2});
  private static final NamedTensor SECOND = new NamedTensor("é", new long[0], new float[] {.5f});

  @Test
  void aFileIsTheLengthOfTheHeaderTheHeaderAndTheValues() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SafeTensors.write(List.of(FIRST, SECOND), Map.of("network", "resnet-8"), out);

    ByteBuffer bytes = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(bytes.getLong());
    byte[] header = new byte[length];
    bytes.get(header);
    assertThat(length % 8).as("values lie at multiples of 8").isZero();
    assertThat(new String(header, StandardCharsets.UTF_8).strip())
        .isEqualTo(
            "{\"__metadata__\":{\"network\":\"resnet-8\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},\"é\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]}}");
    assertThat(bytes.getFloat()).isEqualTo(1);
    assertThat(bytes.getFloat()).isEqualTo(-2);
    assertThat(bytes.getFloat()).isEqualTo(.5f);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Test
  void aNameStandsOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> SafeTensors.write(List.of(FIRST, FIRST), Map.of(), new ByteArrayOutputStream()))
        .withMessage("Invalid tensors: two are called a");
  }

  @Test
  void aShapeHasAsManyValues() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NamedTensor("a", new long[] {2, 2}, new float[3]))
        .withMessage("Invalid tensor a: 3 values (must be 4 for the shape [2, 2])");
  }
}
