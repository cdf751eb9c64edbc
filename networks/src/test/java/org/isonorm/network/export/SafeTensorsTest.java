package org.isonorm.network.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {
  @TempDir static Path folder;

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

  private static Path file(String header, byte... values) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).put(values);
    return Files.write(folder.resolve("x.safetensors"), bytes.array());
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    Path file = folder.resolve("written.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      SafeTensors.write(List.of(FIRST, SECOND), Map.of("network", "resnet-8"), out);
    }
    assertThat(SafeTensors.read(file)).containsExactly(FIRST, SECOND);
  }

  @Test
  void otherNumbersAreConvertedAndCountsLeftOut() throws IOException {
    Path file =
        file(
            "{\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                + "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[4,12]},"
                + "\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[12,20]}}",
            // 1.5 and -2 as bfloat16, a count, 1 as float64.
            new byte[] {
              (byte) 0xc0,
              0x3f,
              0,
              (byte) 0xc0,
              7,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              (byte) 0xf0,
              0x3f
            });
    assertThat(SafeTensors.read(file))
        .containsExactly(
            new NamedTensor("b", new long[] {2}, new float[] {1.5f, -2}),
            new NamedTensor("d", new long[] {1}, new float[] {1}));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '#',
      value = {
        "[] ~ its header is no JSON object",
        "{x ~ its header is no JSON",
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}} ~ tensor a is of type F16 (must be F32, F64 or BF16: convert it)",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}} ~ tensor a does not lie in the file as its shape says",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,-4]}} ~ tensor a does not lie in the file as its shape says",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} ~ tensor a does not lie in the file as its shape says",
        "{\"a\":{\"dtype\":\"F32\"}} ~ tensor a does not lie in the file as its shape says",
      })
  void aDamagedFileIsASentence(String header, String sentence) throws IOException {
    Path file = file(header, (byte) 0, (byte) 0, (byte) 0, (byte) 0);
    assertThatIOException().isThrownBy(() -> SafeTensors.read(file)).withMessage(sentence);
  }

  @Test
  void anotherFileIsNone() throws IOException {
    Path zip =
        Files.write(folder.resolve("y"), "PK\3\4 and so on".getBytes(StandardCharsets.UTF_8));
    assertThatIOException().isThrownBy(() -> SafeTensors.read(zip)).withMessage("it has no header");
    Path none = Files.createFile(folder.resolve("z"));
    assertThatIOException()
        .isThrownBy(() -> SafeTensors.read(none))
        .withMessage("it ends too early");
  }
}
