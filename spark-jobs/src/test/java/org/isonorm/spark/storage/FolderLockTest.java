package org.isonorm.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderLockTest {
  private static final Duration EVERY = Duration.ofMillis(100);

  @TempDir Path folder;

  private FolderLock take(boolean byFile, List<String> notes) throws IOException {
    return FolderLock.take(folder, "run folder", notes::add, byFile, EVERY);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneAtATimeAndFreeAfterwards(boolean byFile) throws IOException {
    try (FolderLock first = take(byFile, new ArrayList<>())) {
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> take(byFile, new ArrayList<>()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith(
                "Invalid run folder: %s is in use by process %d on "
                    .formatted(folder, ProcessHandle.current().pid()))
            .hasMessageEndingWith(" (wait for it, or stop it)");
      }
      first.check();
    }
    List<String> notes = new ArrayList<>();
    take(byFile, notes).close();
    assertThat(notes).isEmpty();
  }

  @Test
  void aSilentHolderIsFollowed() throws IOException {
    Files.writeString(folder.resolve(FolderLock.FILE), "a-name elsewhere 12\n3\n");
    List<String> notes = new ArrayList<>();
    try (FolderLock lock = take(true, notes)) {
      lock.check();
    }
    assertThat(notes)
        .containsExactly(
            "Looking for 0 s whether process 12 on elsewhere, which holds %s, is alive"
                .formatted(folder));
    assertThat(folder.resolve(FolderLock.FILE)).doesNotExist();
  }

  @Test
  void aHolderThatIsNoMoreIsFollowedAtOnce() throws Exception {
    Process done = new ProcessBuilder("true").start();
    done.waitFor();
    Path file = folder.resolve(FolderLock.FILE);
    String held;
    try (FolderLock lock = take(true, new ArrayList<>())) {
      held = Files.readString(file);
      lock.check();
    }
    Files.writeString(
        file, held.replace(" " + ProcessHandle.current().pid() + "\n", " " + done.pid() + "\n"));
    List<String> notes = new ArrayList<>();
    take(true, notes).close();
    assertThat(notes).isEmpty();
  }

  @Test
  void whoWasTakenForDeadLearnsOfIt() throws Exception {
    try (FolderLock lock = take(true, new ArrayList<>())) {
      Files.writeString(folder.resolve(FolderLock.FILE), "another elsewhere 12\n0\n");
      for (int i = 0; i < 100 && isHeld(lock); i++) {
        Thread.sleep(EVERY.toMillis());
      }
      assertThatThrownBy(lock::check)
          .isInstanceOf(IOException.class)
          .hasMessage(
              "Cannot go on in %s: another process took the folder over while this one did not answer"
                  .formatted(folder));
    }
    assertThat(folder.resolve(FolderLock.FILE)).hasContent("another elsewhere 12\n0");
  }

  private static boolean isHeld(FolderLock lock) {
    try {
      lock.check();
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
