package org.isonorm.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderLockTest {
  private static final Duration EVERY = Duration.ofMillis(100);
  private static final String SCHEME = "isonorm-failing";

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
      await(() -> !isHeld(lock));
      assertThatThrownBy(lock::check)
          .isInstanceOf(IOException.class)
          .hasMessage(
              "Cannot go on in %s: another process took the folder over while this one did not answer"
                  .formatted(folder));
    }
    assertThat(folder.resolve(FolderLock.FILE)).hasContent("another elsewhere 12\n0");
  }

  /** A file system whose files may fail when they are there already and still empty. */
  public static final class Failing extends SchemeFileSystem {
    private static volatile boolean fails;
    private static final AtomicInteger FAILED = new AtomicInteger();

    @Override
    public String getScheme() {
      return SCHEME;
    }

    @Override
    protected OutputStream createOutputStreamWithMode(
        org.apache.hadoop.fs.Path file, boolean append, FsPermission permission)
        throws IOException {
      OutputStream created = super.createOutputStreamWithMode(file, append, permission);
      if (!fails) {
        return created;
      }
      created.close();
      return new OutputStream() {
        @Override
        public void write(int value) throws IOException {
          FAILED.incrementAndGet();
          throw new IOException("the store does not answer");
        }
      };
    }
  }

  @Test
  void aBeatThatFailsInMidWriteLosesNothing() throws Exception {
    StorageTest.register(SCHEME, Failing.class);
    Path file = folder.resolve(FolderLock.FILE);
    try (FolderLock lock =
        Locks.beating(Storage.path("%s://%s".formatted(SCHEME, folder)), EVERY)) {
      Failing.fails = true;
      await(() -> Failing.FAILED.get() > 0);
      assertThat(file).isEmptyFile();
      Failing.fails = false;
      await(() -> Files.size(file) > 0);
      lock.check();
    } finally {
      Failing.fails = false;
    }
    assertThat(file).doesNotExist();
  }

  private static void await(Callable<Boolean> happened) throws Exception {
    boolean seen = happened.call();
    for (int i = 0; i < 100 && !seen; i++) {
      Thread.sleep(EVERY.toMillis());
      seen = happened.call();
    }
    assertThat(seen).isTrue();
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
