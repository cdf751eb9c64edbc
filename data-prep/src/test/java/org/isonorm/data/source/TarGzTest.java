package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.isonorm.data.CifarFixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarGzTest {
  private static final byte[] CONTENT = CifarFixture.bytes("content");

  private static Map<String, String> unpack(byte[] archive) throws IOException {
    Map<String, ByteArrayOutputStream> files = new LinkedHashMap<>();
    TarGz.unpack(
        new ByteArrayInputStream(archive),
        "a.tar.gz",
        name -> {
          files.put(name, new ByteArrayOutputStream());
          return files.get(name);
        });
    Map<String, String> contents = new LinkedHashMap<>();
    files.forEach((name, bytes) -> contents.put(name, bytes.toString()));
    return contents;
  }

  private static void assertRefused(byte[] archive, String message) {
    assertThatIOException().isThrownBy(() -> unpack(archive)).withMessage(message);
  }

  @Test
  void handsOutFilesByTheirPaths() throws IOException {
    byte[] archive =
        CifarFixture.tarGz(
            tar -> {
              tar.putArchiveEntry(new TarArchiveEntry("folder/"));
              tar.closeArchiveEntry();
              CifarFixture.put(tar, "folder/a", CONTENT);
              CifarFixture.put(tar, "./b..c", new byte[0]);
            });
    assertThat(unpack(archive))
        .containsExactly(Map.entry("folder/a", "content"), Map.entry("./b..c", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a", "folder/../../a", "/etc/a", "folder\\..\\a", "C:/a", "a/.."})
  void refusesPathsThatLeadOut(String name) throws IOException {
    assertRefused(
        CifarFixture.tarGz(tar -> CifarFixture.put(tar, name, CONTENT)),
        "Cannot unpack a.tar.gz: its entry '%s' leads out of the folder it is unpacked to"
            .formatted(name));
  }

  @ParameterizedTest
  @ValueSource(
      bytes = {
        TarConstants.LF_SYMLINK,
        TarConstants.LF_LINK,
        TarConstants.LF_CHR,
        TarConstants.LF_FIFO
      })
  void refusesLinksAndDevices(byte type) throws IOException {
    byte[] archive =
        CifarFixture.tarGz(
            tar -> {
              TarArchiveEntry link = new TarArchiveEntry("link", type);
              link.setLinkName("/etc/passwd");
              tar.putArchiveEntry(link);
              tar.closeArchiveEntry();
            });
    assertRefused(
        archive, "Cannot unpack a.tar.gz: its entry 'link' is not a plain file or folder");
  }

  @Test
  void refusesOtherFormats() {
    assertRefused(CONTENT, "Cannot read a.tar.gz: it is not a tar.gz archive");
    assertRefused(new byte[0], "Cannot read a.tar.gz: it is not a tar.gz archive");
  }

  @Test
  void refusesAnEmptyArchive() throws IOException {
    assertRefused(CifarFixture.tarGz(tar -> {}), "Cannot read a.tar.gz: it is an empty archive");
  }

  @Test
  void refusesADamagedArchive() throws IOException {
    byte[] archive =
        CifarFixture.tarGz("folder", Map.of("a", CifarFixture.cifar10().get("test_batch.bin")));
    assertRefused(
        Arrays.copyOf(archive, archive.length / 2),
        "Cannot read a.tar.gz: the archive is damaged or ends early");
    archive[archive.length - 6] ^= 1; // in the gzip trailer's CRC
    assertRefused(archive, "Cannot unpack a.tar.gz: Gzip-compressed data is corrupt (CRC32 error)");
  }
}
