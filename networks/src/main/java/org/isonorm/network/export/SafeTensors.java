package org.isonorm.network.export;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Files of Hugging Face's safetensors format: the length of a header as 8 bytes, the header as JSON
 * (type, shape and place of every tensor, and words about them), and the values, all little-endian.
 */
public final class SafeTensors {
  /** The header ends at a multiple of it, so that values can be read where they lie. */
  private static final int ALIGNMENT = 8;

  private static final ObjectMapper JSON = new ObjectMapper();

  private SafeTensors() {}

  /**
   * Writes tensors one after the other.
   *
   * @param metadata words about them, {@code __metadata__} of the header
   * @param out stays open
   */
  public static void write(
      List<NamedTensor> tensors, Map<String, String> metadata, OutputStream out)
      throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", metadata);
    long from = 0;
    for (NamedTensor tensor : tensors) {
      long to = from + (long) tensor.values().length * Float.BYTES;
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("dtype", "F32");
      entry.put("shape", tensor.shape());
      entry.put("data_offsets", new long[] {from, to});
      if (header.put(tensor.name(), entry) != null) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid tensors: two are called %s", tensor.name()));
      }
      from = to;
    }
    byte[] json = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    int padding = Math.floorMod(-json.length, ALIGNMENT);
    OutputStream buffered = new BufferedOutputStream(out);
    buffered.write(littleEndian(Long.BYTES).putLong(json.length + padding).array());
    buffered.write(json);
    buffered.write(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
    for (NamedTensor tensor : tensors) {
      ByteBuffer bytes = littleEndian(tensor.values().length * Float.BYTES);
      bytes.asFloatBuffer().put(tensor.values());
      buffered.write(bytes.array());
    }
    buffered.flush();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
