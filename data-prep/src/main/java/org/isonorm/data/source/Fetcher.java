package org.isonorm.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.NamedOutput;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a published CIFAR archive to a local folder and unpacks it there.
 *
 * <p>Bytes go to {@code ARCHIVE.part}, from where an interrupted download is resumed; the file gets
 * its name once its MD5 is the published one. Its SHA-256, for which no published value is at hand,
 * is recorded in {@code ARCHIVE.json} and compared whenever the archive is used again.
 */
public final class Fetcher {
  /** Where the author of the data sets publishes them. */
  public static final URI OFFICIAL = URI.create("https://www.cs.toronto.edu/~kriz/");

  private static final Logger log = LoggerFactory.getLogger(Fetcher.class);
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final int CONNECT_TIMEOUT_MILLIS = 20_000;
  private static final int READ_TIMEOUT_MILLIS = 60_000;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final int BUFFER = 1 << 16;

  private final URI base;
  private final boolean progress;

  private Fetcher(URI base, boolean progress) {
    this.base = base;
    this.progress = progress;
  }

  /** A fetcher from the official place, with a progress bar on stderr. */
  public static Fetcher official() {
    return new Fetcher(OFFICIAL, true);
  }

  /** A fetcher from a mirror that has the same archives under that address. */
  public static Fetcher from(URI base) {
    return new Fetcher(URI.create(base + (base.getPath().endsWith("/") ? "" : "/")), true);
  }

  /** This fetcher without its progress bar. */
  public Fetcher quiet() {
    return new Fetcher(base, false);
  }

  /**
   * Fetches and unpacks a data set; what is already there and sound is not fetched again.
   *
   * @param dataset cifar10 or cifar100
   * @param out local folder; made if need be
   * @return the folder that the archive unpacked to, which {@link IngestOptions#cifar} takes as its
   *     source
   * @throws IOException in one sentence, if the server cannot be reached, the archive is not the
   *     published one or is unsafe to unpack, or the folder cannot be written
   */
  public Path fetch(DatasetKind dataset, Path out) throws IOException {
    CifarFormat format = CifarFormat.of(dataset);
    return fetch(dataset, format.archive(), format.md5(), format.folder(), out);
  }

  Path fetch(DatasetKind dataset, String archiveName, String md5, String folder, Path out)
      throws IOException {
    try {
      Files.createDirectories(out);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(String.format(Locale.ROOT, "Cannot write to %s: it is a file", out), e);
    }
    Path archive = out.resolve(archiveName);
    if (Files.exists(archive)) {
      verifyAgain(archive, md5);
      log.info("{} is there already, and its checksums are right", archive);
    } else {
      download(dataset, archive, md5);
    }
    Path unpacked = out.resolve(folder);
    if (!Files.exists(unpacked)) {
      unpack(archive, folder, unpacked);
    }
    return unpacked;
  }

  private void download(DatasetKind dataset, Path archive, String md5) throws IOException {
    Path part = sibling(archive, ".part");
    URI uri = uri(archive);
    log.info("Fetching {}", uri);
    transfer(dataset, uri, part);
    Sums sums = Sums.of(part);
    if (!sums.md5.equals(md5)) {
      Files.delete(part);
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot use %s: the MD5 of what was fetched is %s, expected %s (it was deleted; run fetch again)",
              uri,
              sums.md5,
              md5));
    }
    record(archive, sums, Files.size(part));
    moveAtomically(part, archive);
  }

  /** Fetches what the part file lacks. A server that does not know ranges sends all of it again. */
  private void transfer(DatasetKind dataset, URI uri, Path part) throws IOException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    try {
      connection.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
      connection.setReadTimeout(READ_TIMEOUT_MILLIS);
      if (have > 0) {
        connection.setRequestProperty("Range", String.format(Locale.ROOT, "bytes=%d-", have));
      }
      int status = connect(dataset, uri, connection);
      if (status == RANGE_NOT_SATISFIABLE) {
        return; // The part file has every byte already; its checksum decides.
      }
      if (status != HttpURLConnection.HTTP_OK && status != HttpURLConnection.HTTP_PARTIAL) {
        throw new IOException(
            String.format(Locale.ROOT, "Cannot fetch %s: the server answered %d", uri, status));
      }
      boolean resumes = status == HttpURLConnection.HTTP_PARTIAL;
      long before = resumes ? have : 0;
      if (resumes) {
        checkRange(connection, uri, have);
        log.info("Resuming after {} bytes", have);
      }
      long length = connection.getContentLengthLong();
      long received = receive(connection, uri, part, before, length);
      if (length >= 0 && received != length) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot fetch %s: the connection ended after %d of %d bytes (run fetch again to resume)",
                uri,
                before + received,
                before + length));
      }
    } finally {
      connection.disconnect();
    }
  }

  private static int connect(DatasetKind dataset, URI uri, HttpURLConnection connection)
      throws IOException {
    try {
      return connection.getResponseCode();
    } catch (IOException e) {
      String reason =
          e instanceof UnknownHostException
              ? "unknown host " + e.getMessage()
              : String.valueOf(e.getMessage());
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot reach %s: %s (run fetch again once online, or point isonorm ingest --dataset %s --source at a local"
                  + " copy of the archive or of the folder it unpacks to)",
              uri,
              reason,
              dataset),
          e);
    }
  }

  private long receive(HttpURLConnection connection, URI uri, Path part, long before, long length)
      throws IOException {
    try (InputStream in = connection.getInputStream();
        OutputStream out =
            Files.newOutputStream(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                before > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
      return copy(in, out, part.getFileName().toString(), before, length);
    } catch (IOException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot fetch %s into %s: %s (run fetch again to resume)",
              uri,
              part,
              e.getMessage()),
          e);
    }
  }

  private static void checkRange(HttpURLConnection connection, URI uri, long have)
      throws IOException {
    String range = connection.getHeaderField("Content-Range");
    if (range == null || !range.startsWith(String.format(Locale.ROOT, "bytes %d-", have))) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot resume %s: asked for bytes from %d on, the server sent '%s' (delete the .part file and run fetch again)",
              uri,
              have,
              range));
    }
  }

  private long copy(InputStream in, OutputStream out, String name, long before, long length)
      throws IOException {
    long received = 0;
    byte[] buffer = new byte[BUFFER];
    try (ProgressBar bar = progress ? progressBar(name, before, length) : null) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        received += count;
        if (bar != null) {
          bar.stepTo(before + received);
        }
      }
    }
    return received;
  }

  private static ProgressBar progressBar(String name, long before, long length) {
    return new ProgressBarBuilder()
        .setTaskName(name.replace(".part", ""))
        .setUnit("MiB", 1 << 20)
        .setInitialMax(length < 0 ? -1 : before + length)
        .startsFrom(before, Duration.ZERO)
        .setConsumer(new ConsoleProgressBarConsumer(System.err))
        .build();
  }

  /**
   * Checks an archive that was there before: against the published MD5, and against the SHA-256 of
   * its record; one that has no record gets it.
   */
  private void verifyAgain(Path archive, String md5) throws IOException {
    Sums sums = Sums.of(archive);
    if (!sums.md5.equals(md5)) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot use %s: its MD5 is %s, expected %s (delete it and run fetch again)",
              archive,
              sums.md5,
              md5));
    }
    Path json = sibling(archive, ".json");
    if (!Files.exists(json)) {
      record(archive, sums, Files.size(archive));
      return;
    }
    Provenance recorded;
    try {
      recorded = JSON.readValue(Files.readString(json), Provenance.class);
    } catch (JsonProcessingException e) {
      throw new IOException(
          String.format(
              Locale.ROOT, "Cannot read %s: %s (delete it)", json, e.getOriginalMessage()),
          e);
    }
    if (!sums.sha256.equals(recorded.sha256)) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot use %s: its SHA-256 is %s, but %s was recorded when it was fetched (delete it and run fetch again)",
              archive,
              sums.sha256,
              recorded.sha256));
    }
  }

  private void record(Path archive, Sums sums, long bytes) throws IOException {
    Provenance provenance =
        new Provenance(
            archive.getFileName().toString(),
            uri(archive).toString(),
            bytes,
            sums.md5,
            sums.sha256);
    String text = JSON.writeValueAsString(provenance) + "\n";
    NamedOutput.inOneSentence(
        archive.toAbsolutePath().getParent(),
        () -> Files.writeString(sibling(archive, ".json"), text));
  }

  private URI uri(Path archive) {
    return base.resolve(archive.getFileName().toString());
  }

  /** Unpacks to a hidden folder beside the final one, then renames. */
  private static void unpack(Path archive, String folder, Path unpacked) throws IOException {
    Path root = unpacked.toAbsolutePath().getParent();
    Path temporary = Files.createTempDirectory(root, ".unpacking-");
    try {
      try (InputStream in = Files.newInputStream(archive)) {
        TarGz.unpack(
            in,
            archive.toString(),
            name -> {
              Path file = temporary.resolve(name).normalize();
              if (!file.startsWith(temporary)) {
                throw new IOException(
                    String.format(
                        Locale.ROOT,
                        "Cannot unpack %s: its entry '%s' leads out of the folder it is unpacked to",
                        archive,
                        name));
              }
              Files.createDirectories(file.getParent());
              return new NamedOutput(
                  Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), root);
            });
      }
      if (!Files.isDirectory(temporary.resolve(folder))) {
        throw new IOException(
            String.format(Locale.ROOT, "Cannot unpack %s: it holds no folder %s", archive, folder));
      }
      moveAtomically(temporary.resolve(folder), unpacked);
    } finally {
      deleteTree(temporary);
    }
  }

  private static void moveAtomically(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to);
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static Path sibling(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /** What {@code ARCHIVE.json} holds. */
  record Provenance(String file, String url, long bytes, String md5, String sha256) {}

  /** A file's checksums. */
  private record Sums(String md5, String sha256) {
    static Sums of(Path file) throws IOException {
      MessageDigest md5 = Checksums.md5();
      MessageDigest sha256 = Checksums.sha256();
      byte[] buffer = new byte[BUFFER];
      try (InputStream in = Files.newInputStream(file)) {
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          md5.update(buffer, 0, count);
          sha256.update(buffer, 0, count);
        }
      }
      return new Sums(Checksums.hex(md5), Checksums.hex(sha256));
    }
  }
}
