package org.isonorm.spark.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TimeZone;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
  private static final long NEW_YEAR = 1_767_225_600_000L;

  @TempDir private Path folder;

  @Test
  void theSameLibrariesInOtherJarsShareAFolder() throws IOException {
    Path one = jar("one.jar", "native", "class");
    Path other = jar("another.jar", "native", "changed class");

    assertThat(NativeLibraries.key(one)).isPresent().isEqualTo(NativeLibraries.key(other));
  }

  @Test
  void otherLibrariesGetAFolderOfTheirOwn() throws IOException {
    Path one = jar("one.jar", "native", "class");
    Path other = jar("another.jar", "evitan", "class");

    assertThat(NativeLibraries.key(one)).isNotEqualTo(NativeLibraries.key(other));
  }

  @Test
  void whereFilesWouldBeWrittenAnewForTheirTimesTheyAreOthers() throws IOException {
    TimeZone before = TimeZone.getDefault();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
      Path jar = jar("one.jar", "native", "class");
      String here = NativeLibraries.key(jar).orElseThrow();
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));

      assertThat(NativeLibraries.key(jar)).isPresent().isNotEqualTo(Optional.of(here));
    } finally {
      TimeZone.setDefault(before);
    }
  }

  @Test
  void aJarWithoutLibrariesNeedsNone() throws IOException {
    assertThat(NativeLibraries.key(jar("plain.jar", null, "class"))).isEmpty();
  }

  /** A jar with a library, if there is content for it, and a class. */
  private Path jar(String name, String library, String type) throws IOException {
    Path jar = folder.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      if (library != null) {
        add(zip, "org/bytedeco/dnnl/linux-x86_64/libdnnl.so.3", library);
      }
      add(zip, "org/isonorm/A.class", type);
    }
    return jar;
  }

  private static void add(ZipOutputStream zip, String name, String content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(NEW_YEAR);
    zip.putNextEntry(entry);
    zip.write(content.getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
  }
}
