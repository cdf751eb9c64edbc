package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.isonorm.data.CifarFixture;
import org.isonorm.data.shard.Checksums;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetcherTest {
  private static final String ARCHIVE = "cifar-10-binary.tar.gz";
  private static final String FOLDER = "cifar-10-batches-bin";

  @TempDir Path out;
  private HttpServer server;
  private byte[] archive;

  /** Whether the server knows ranges. */
  private boolean ranges = true;

  /** Bytes after which the server hangs up; −1 for never. */
  private int hangUpAfter = -1;

  /** The Range header of each request, in order. */
  private final List<String> requested = new ArrayList<>();

  @BeforeEach
  void serve() throws IOException {
    archive = CifarFixture.tarGz(FOLDER, CifarFixture.cifar10());
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/kriz/" + ARCHIVE, this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    requested.add(String.valueOf(range));
    int from = 0;
    if (range != null && ranges) {
      from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
      if (from >= archive.length) {
        exchange.sendResponseHeaders(416, -1);
        exchange.close();
        return;
      }
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, archive.length - 1, archive.length));
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, archive.length - from);
    OutputStream body = exchange.getResponseBody();
    int to = hangUpAfter < 0 ? archive.length : Math.min(archive.length, from + hangUpAfter);
    body.write(archive, from, to - from);
    body.flush();
    exchange.close();
  }

  private URI base() {
    return URI.create("http://127.0.0.1:%d/kriz".formatted(server.getAddress().getPort()));
  }

  private Path fetch() throws IOException {
    return fetch(Fetcher.from(base()).quiet());
  }

  private Path fetch(Fetcher fetcher) throws IOException {
    return fetcher.fetch(DatasetKind.CIFAR10, ARCHIVE, sum(Checksums.md5()), FOLDER, out);
  }

  private String sum(MessageDigest digest) {
    digest.update(archive);
    return Checksums.hex(digest);
  }

  private Path archiveFile() {
    return out.resolve(ARCHIVE);
  }

  private Path part() {
    return out.resolve(ARCHIVE + ".part");
  }

  private Path record() {
    return out.resolve(ARCHIVE + ".json");
  }

  private void assertUnpacked(Path folder) throws IOException {
    assertThat(folder).isEqualTo(out.resolve(FOLDER));
    for (Map.Entry<String, byte[]> file : CifarFixture.cifar10().entrySet()) {
      assertThat(folder.resolve(file.getKey())).hasBinaryContent(file.getValue());
    }
    try (var left = Files.list(out)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(ARCHIVE, ARCHIVE + ".json", FOLDER);
    }
  }

  @Test
  void fetchesVerifiesRecordsAndUnpacks() throws IOException {
    assertUnpacked(fetch(Fetcher.from(base())));
    assertThat(archiveFile()).hasBinaryContent(archive);
    Map<?, ?> recorded = new ObjectMapper().readValue(record().toFile(), Map.class);
    assertThat(recorded.get("md5")).isEqualTo(sum(Checksums.md5()));
    assertThat(recorded.get("sha256")).isEqualTo(sum(Checksums.sha256()));
    assertThat(recorded.get("bytes")).isEqualTo(archive.length);
    assertThat(recorded.get("url")).isEqualTo(base() + "/" + ARCHIVE);
  }

  @Test
  void fetchesNothingTwice() throws IOException {
    fetch();
    Files.delete(out.resolve(FOLDER).resolve("test_batch.bin"));
    Files.delete(out.resolve(FOLDER).resolve("data_batch_1.bin"));
    assertThat(fetch()).isEqualTo(out.resolve(FOLDER));
    assertThat(requested).containsExactly("null");
  }

  @Test
  void resumesAfterTheConnectionBroke() throws IOException {
    hangUpAfter = 100_000;
    assertThatIOException()
        .isThrownBy(this::fetch)
        .withMessageContaining("run fetch again to resume");
    assertThat(part()).hasBinaryContent(Arrays.copyOf(archive, 100_000));
    hangUpAfter = -1;
    assertUnpacked(fetch());
    assertThat(requested).containsExactly("null", "bytes=100000-");
    assertThat(archiveFile()).hasBinaryContent(archive);
  }

  @Test
  void startsAgainWithAServerThatKnowsNoRanges() throws IOException {
    Files.write(part(), Arrays.copyOf(archive, 5_000));
    ranges = false;
    assertUnpacked(fetch());
    assertThat(requested).containsExactly("bytes=5000-");
  }

  @Test
  void finishesAPartThatIsComplete() throws IOException {
    Files.write(part(), archive);
    assertUnpacked(fetch());
  }

  @Test
  void deletesADownloadWhoseChecksumIsWrong() throws IOException {
    String expected = sum(Checksums.md5());
    archive[1_000] ^= 1;
    String fetched = sum(Checksums.md5());
    assertThatIOException()
        .isThrownBy(
            () ->
                Fetcher.from(base())
                    .quiet()
                    .fetch(DatasetKind.CIFAR10, ARCHIVE, expected, FOLDER, out))
        .withMessage(
            "Cannot use %s/%s: the MD5 of what was fetched is %s, expected %s (it was deleted; run fetch again)",
            base(), ARCHIVE, fetched, expected);
    assertThat(out).isEmptyDirectory();
  }

  @Test
  void refusesAnArchiveThatChangedSinceItWasFetched() throws IOException {
    fetch();
    Files.writeString(record(), Files.readString(record()).replace(sum(Checksums.sha256()), "00"));
    assertThatIOException()
        .isThrownBy(this::fetch)
        .withMessage(
            "Cannot use %s: its SHA-256 is %s, but 00 was recorded when it was fetched (delete it and run fetch again)",
            archiveFile(), sum(Checksums.sha256()));
    Files.writeString(archiveFile(), "something else");
    assertThatIOException()
        .isThrownBy(this::fetch)
        .withMessageStartingWith("Cannot use %s: its MD5 is ", archiveFile());
  }

  @Test
  void recordsTheChecksumOfAnArchiveThatWasThereBefore() throws IOException {
    Files.write(archiveFile(), archive);
    assertUnpacked(fetch());
    assertThat(Files.readString(record())).contains(sum(Checksums.sha256()));
    assertThat(requested).isEmpty();
  }

  @Test
  void saysHowToGoOnOffline() {
    server.stop(0);
    assertThatIOException()
        .isThrownBy(this::fetch)
        .withMessageStartingWith("Cannot reach %s/%s: ", base(), ARCHIVE)
        .withMessageContaining("point isonorm ingest --dataset cifar10 --source at a local copy");
  }

  @Test
  void saysWhatTheServerAnswered() {
    server.removeContext("/kriz/" + ARCHIVE);
    assertThatIOException()
        .isThrownBy(this::fetch)
        .withMessage("Cannot fetch %s/%s: the server answered 404", base(), ARCHIVE);
  }

  @Test
  void refusesAnArchiveThatLeadsOutOfItsFolder() throws IOException {
    archive = CifarFixture.tarGz(tar -> CifarFixture.put(tar, "../escaped", new byte[1]));
    assertThatIOException()
        .isThrownBy(this::fetch)
        .withMessage(
            "Cannot unpack %s: its entry '../escaped' leads out of the folder it is unpacked to",
            archiveFile());
    assertThat(out.resolve("escaped")).doesNotExist();
    assertThat(out.resolve(FOLDER)).doesNotExist();
    assertThat(out.resolveSibling("escaped")).doesNotExist();
  }

  @Test
  void refusesAnArchiveWithoutTheFolder() throws IOException {
    archive = CifarFixture.tarGz(tar -> CifarFixture.put(tar, "other/file", new byte[1]));
    assertThatIOException()
        .isThrownBy(this::fetch)
        .withMessage("Cannot unpack %s: it holds no folder %s", archiveFile(), FOLDER);
  }

  @Test
  void refusesAnOutputThatIsAFile() throws IOException {
    Path file = Files.writeString(out.resolve("file"), "");
    assertThatIOException()
        .isThrownBy(() -> Fetcher.from(base()).fetch(DatasetKind.CIFAR100, file))
        .withMessage("Cannot write to %s: it is a file", file);
  }

  @Test
  void refusesTheSyntheticDataset() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Fetcher.official().fetch(DatasetKind.SYNTHETIC, out))
        .withMessage("Invalid dataset: synthetic has no archive (must be cifar10 or cifar100)");
  }
}
