package org.isonorm.spark.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps a folder to one process at a time. On this machine's file systems the operating system
 * frees it with the process, however that ends. Hadoop's have no locks: there a file says who holds
 * the folder and is written anew while he lives; who finds one that stays as it is takes the folder
 * over, and the former holder, if he lives after all, learns of it. An object store without
 * exclusive creation cannot tell two that come within the same second. Lives on the driver.
 */
public final class FolderLock implements AutoCloseable {
  /** The file in the folder; it stays where the lock is the operating system's. */
  public static final String FILE = ".lock";

  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final int SILENT_HEARTBEATS = 4;
  private static final double MILLISECONDS = 1e3;

  /** Files held by this process: to open and close one of them again would free it. */
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final Hold hold;

  /** How a folder is held. */
  private sealed interface Hold {
    /** Whether it still is. */
    boolean lasts();

    void release() throws IOException;

    /** By the operating system. */
    record Channel(Path file, FileChannel channel) implements Hold {
      @Override
      public boolean lasts() {
        return channel.isOpen();
      }

      @Override
      public void release() throws IOException {
        channel.close();
        HELD_HERE.remove(file);
      }
    }

    /** By a file that is written anew. */
    final class Beat implements Hold {
      private final Path file;
      private final String holder;
      private final ScheduledExecutorService timer =
          Executors.newSingleThreadScheduledExecutor(
              work -> {
                Thread thread = new Thread(work, "isonorm-lock");
                thread.setDaemon(true);
                return thread;
              });
      private long beats;
      private volatile boolean lost;
      private volatile boolean failed;

      Beat(Path file, String holder, Duration every) {
        this.file = file;
        this.holder = holder;
        timer.scheduleWithFixedDelay(
            this::beat, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
      }

      private void beat() {
        try {
          if (isOurs()) {
            beats++;
            failed = true; // until it is written
            write(file, holder, beats);
            failed = false;
          } else {
            lost = true;
            timer.shutdown();
          }
        } catch (NoSuchFileException e) {
          lost = true;
          timer.shutdown();
        } catch (IOException e) {
          // The store may answer again before anyone takes the folder for free.
        }
      }

      /** Also if a beat that failed in mid-write has left it empty. */
      private boolean isOurs() throws IOException {
        String now = holder(read(file));
        return now.equals(holder) || failed && now.isEmpty();
      }

      @Override
      public boolean lasts() {
        return !lost;
      }

      @Override
      public void release() throws IOException {
        // Interrupted, a beat would leave half a file, and on HDFS one that nobody may create anew.
        timer.shutdown();
        try {
          if (!timer.awaitTermination(HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS)) {
            timer.shutdownNow();
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        if (Files.exists(file) && isOurs()) {
          Files.delete(file);
        }
      }
    }
  }

  private FolderLock(Path folder, Hold hold) {
    this.folder = folder;
    this.hold = hold;
  }

  /**
   * Takes a folder.
   *
   * @param folder a folder that is there
   * @param what it is in the sentence of an error, as in {@code run folder}
   * @param notes takes a sentence where taking it lasts
   * @throws IllegalArgumentException if another process holds it
   */
  public static FolderLock take(Path folder, String what, Consumer<String> notes)
      throws IOException {
    return take(folder, what, notes, Storage.isRemote(folder), HEARTBEAT);
  }

  /**
   * Takes a folder, as above.
   *
   * @param byFile whether by a file that is written anew
   * @param every how often that is
   */
  static FolderLock take(
      Path folder, String what, Consumer<String> notes, boolean byFile, Duration every)
      throws IOException {
    Path file = folder.resolve(FILE);
    return new FolderLock(
        folder, byFile ? byFile(file, folder, what, notes, every) : bySystem(file, folder, what));
  }

  private static Hold bySystem(Path file, Path folder, String what) throws IOException {
    Path real = folder.toRealPath().resolve(FILE);
    if (!HELD_HERE.add(real)) {
      throw inUse(folder, what, text(newHolder(), 0));
    }
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() == null) {
          throw inUse(folder, what, read(file));
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(text(newHolder(), 0).getBytes(StandardCharsets.UTF_8)));
        return new Hold.Channel(real, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      HELD_HERE.remove(real);
      throw e;
    }
  }

  private static Hold byFile(
      Path file, Path folder, String what, Consumer<String> notes, Duration every)
      throws IOException {
    String holder = newHolder();
    if (!create(file, holder)) {
      awaitSilence(file, folder, what, notes, every);
      Files.deleteIfExists(file);
      if (!create(file, holder)) {
        throw inUse(folder, what, read(file));
      }
    }
    return new Hold.Beat(file, holder, every);
  }

  /** Whether the file was not there before; of two processes one learns so. */
  private static boolean create(Path file, String holder) throws IOException {
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
      out.write(text(holder, 0).getBytes(StandardCharsets.UTF_8));
    } catch (FileAlreadyExistsException e) {
      return false;
    }
    return holder(read(file)).equals(holder);
  }

  /** Returns when whoever holds the folder has been silent for long. */
  private static void awaitSilence(
      Path file, Path folder, String what, Consumer<String> notes, Duration every)
      throws IOException {
    String before = read(file);
    if (isDeadHere(before)) {
      return;
    }
    Duration silence = every.multipliedBy(SILENT_HEARTBEATS);
    notes.accept(
        String.format(
            Locale.ROOT,
            "Looking for %.0f s whether %s, which holds %s, is alive",
            silence.toMillis() / MILLISECONDS,
            who(before),
            folder));
    long deadline = System.nanoTime() + silence.toNanos();
    while (System.nanoTime() < deadline) {
      try {
        Thread.sleep(every.toMillis() / 2 + 1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Cannot take " + folder + ": interrupted", e);
      }
      String now;
      try {
        now = read(file);
      } catch (NoSuchFileException e) {
        return;
      }
      if (!now.equals(before)) {
        throw inUse(folder, what, now);
      }
    }
  }

  /** Whether the holder was a process of this machine that is no more. */
  private static boolean isDeadHere(String text) {
    String[] words = holder(text).split(" ", -1);
    return words.length == 3
        && words[1].equals(host())
        && words[2].matches("\\d{1,18}")
        && ProcessHandle.of(Long.parseLong(words[2])).isEmpty();
  }

  private static IllegalArgumentException inUse(Path folder, String what, String text) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid %s: %s is in use by %s (wait for it, or stop it)",
            what,
            folder,
            who(text)));
  }

  private static String who(String text) {
    String[] words = holder(text).split(" ", -1);
    return words.length == 3
        ? String.format(Locale.ROOT, "process %s on %s", words[2], words[1])
        : "another process";
  }

  private static String newHolder() {
    return String.format(
        Locale.ROOT, "%s %s %d", UUID.randomUUID(), host(), ProcessHandle.current().pid());
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private static void write(Path file, String holder, long beats) throws IOException {
    Files.writeString(file, text(holder, beats));
  }

  /** Two lines: unique name, host and process; and how often it was written. */
  private static String text(String holder, long beats) {
    return holder + "\n" + beats + "\n";
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file);
  }

  private static String holder(String text) {
    return text.lines().findFirst().orElse("");
  }

  /**
   * Checks that this process still holds the folder.
   *
   * @throws IOException if another one took it, as it does where this one was halted for a minute
   */
  public void check() throws IOException {
    if (!hold.lasts()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot go on in %s: another process took the folder over while this one did not answer",
              folder));
    }
  }

  @Override
  public void close() throws IOException {
    hold.release();
  }
}
