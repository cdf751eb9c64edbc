package org.isonorm.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;

/**
 * Small copies of the CIFAR data sets with random pixels, written by the published layout alone.
 */
public final class CifarFixture {
  public static final int RECORDS = 30;
  private static final int PIXELS = 3_072;

  private CifarFixture() {}

  /** The files of a CIFAR-10 copy with that many records a batch, by name. */
  public static Map<String, byte[]> cifar10() {
    SplittableRandom random = new SplittableRandom(10);
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int batch = 1; batch <= 5; batch++) {
      files.put("data_batch_%d.bin".formatted(batch), records(random, 1, 10));
    }
    files.put("test_batch.bin", records(random, 1, 10));
    files.put("batches.meta.txt", bytes(names(10) + "\n"));
    return files;
  }

  /** The files of a CIFAR-100 copy, by name. */
  public static Map<String, byte[]> cifar100() {
    SplittableRandom random = new SplittableRandom(100);
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("train.bin", records(random, 2, 100));
    files.put("test.bin", records(random, 2, 100));
    files.put("fine_label_names.txt", bytes(names(100)));
    files.put("coarse_label_names.txt", bytes(names(20)));
    return files;
  }

  private static byte[] records(SplittableRandom random, int labelBytes, int classes) {
    byte[] records = new byte[RECORDS * (labelBytes + PIXELS)];
    random.nextBytes(records);
    for (int record = 0; record < RECORDS; record++) {
      int start = record * (labelBytes + PIXELS);
      if (labelBytes == 2) {
        records[start] = (byte) random.nextInt(20);
      }
      records[start + labelBytes - 1] = (byte) random.nextInt(classes);
    }
    return records;
  }

  private static String names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "name" + i + "\n").collect(Collectors.joining());
  }

  public static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  public static Path write(Path folder, Map<String, byte[]> files) throws IOException {
    Files.createDirectories(folder);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
    return folder;
  }

  /** A tar.gz archive of those files inside that folder. */
  public static byte[] tarGz(String folder, Map<String, byte[]> files) throws IOException {
    return tarGz(
        tar -> {
          for (Map.Entry<String, byte[]> file : files.entrySet()) {
            put(tar, folder + "/" + file.getKey(), file.getValue());
          }
        });
  }

  public static byte[] tarGz(Entries entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream gzip = new GzipCompressorOutputStream(bytes);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
      entries.writeTo(tar);
    }
    return bytes.toByteArray();
  }

  public static void put(TarArchiveOutputStream tar, String name, byte[] content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  public interface Entries {
    void writeTo(TarArchiveOutputStream tar) throws IOException;
  }
}
