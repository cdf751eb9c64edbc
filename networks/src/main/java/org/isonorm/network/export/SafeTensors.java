package org.isonorm.network.export;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Files of Hugging Face's safetensors format: the length of a header as 8 bytes, the header as JSON
 * (type, shape and place of every tensor, and words about them), and the values, all little-endian.
 */
public final class SafeTensors {
  /** The header ends at a multiple of it, so that values can be read where they lie. */
  private static final int ALIGNMENT = 8;

  /** The format's own limit. */
  private static final long LONGEST_HEADER = 100_000_000;

  private static final String METADATA = "__metadata__";

  /** Bytes of a number. */
  private static final Map<String, Integer> WIDTHS =
      Map.of("F64", Double.BYTES, "F32", Float.BYTES, "BF16", Short.BYTES);

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
    header.put(METADATA, metadata);
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
      buffered.write(tensor.bytes());
    }
    buffered.flush();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads the tensors of a file, in the order of its header.
   *
   * @throws IOException in one sentence without the file's name, if it is damaged or no such file,
   *     or holds numbers other than F32, F64 and BF16; integers, such as torch's counts of batches,
   *     are left out
   */
  public static List<NamedTensor> read(Path file) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      long length = filled(channel, 0, Long.BYTES).getLong();
      if (length < 2 || length > LONGEST_HEADER || length > channel.size() - Long.BYTES) {
        throw new IOException("it has no header");
      }
      JsonNode header = header(filled(channel, Long.BYTES, (int) length).array());
      List<NamedTensor> tensors = new ArrayList<>();
      Iterator<Map.Entry<String, JsonNode>> entries = header.fields();
      while (entries.hasNext()) {
        Map.Entry<String, JsonNode> entry = entries.next();
        if (!entry.getKey().equals(METADATA)) {
          tensor(entry.getKey(), entry.getValue(), channel, Long.BYTES + length)
              .ifPresent(tensors::add);
        }
      }
      return tensors;
    }
  }

  private static JsonNode header(byte[] json) throws IOException {
    JsonNode header;
    try {
      header = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IOException("its header is no JSON", e);
    }
    if (!header.isObject()) {
      throw new IOException("its header is no JSON object");
    }
    return header;
  }

  private static Optional<NamedTensor> tensor(
      String name, JsonNode entry, SeekableByteChannel channel, long start) throws IOException {
    String type = entry.path("dtype").asText();
    if (type.startsWith("I") || type.startsWith("U") || type.equals("BOOL")) {
      return Optional.empty();
    }
    Integer width = WIDTHS.get(type);
    if (width == null) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "tensor %s is of type %s (must be F32, F64 or BF16: convert it)",
              name,
              type));
    }
    long[] shape = new long[entry.path("shape").size()];
    double values = 1;
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = entry.path("shape").get(axis).asLong(-1);
      values *= shape[axis];
    }
    long from = entry.path("data_offsets").path(0).asLong(-1);
    long to = entry.path("data_offsets").path(1).asLong(-1);
    boolean fits = from >= 0 && to >= from && to <= channel.size() - start;
    if (!fits || values * width != to - from || to - from > Integer.MAX_VALUE) {
      throw new IOException(
          String.format(Locale.ROOT, "tensor %s does not lie in the file as its shape says", name));
    }
    ByteBuffer bytes = filled(channel, start + from, (int) (to - from));
    float[] floats = new float[(int) values];
    for (int i = 0; i < floats.length; i++) {
      floats[i] =
          switch (type) {
            case "F64" -> (float) bytes.getDouble();
            case "F32" -> bytes.getFloat();
            default -> Float.intBitsToFloat(bytes.getShort() << Short.SIZE);
          };
    }
    return Optional.of(new NamedTensor(name, shape, floats));
  }

  private static ByteBuffer filled(SeekableByteChannel channel, long from, int length)
      throws IOException {
    ByteBuffer bytes = littleEndian(length);
    channel.position(from);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new IOException("it ends too early");
      }
    }
    return bytes.flip();
  }
}
