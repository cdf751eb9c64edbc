package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.junit.jupiter.api.Test;

class FailureTest {
  private static final String STAGE_FAILURE =
      "Job aborted due to stage failure: Task 1 in stage 3.0 failed 4 times, most recent failure: Lost task 1.3 in stage"
          + " 3.0 (TID 17) (host-2 executor 1): ";

  @Test
  void aSentenceOfOursIsSaidAsItIs() {
    assertThat(Failure.sentence(new IllegalArgumentException("Invalid workers: 0 (must be >= 1)")))
        .isEqualTo("Invalid workers: 0 (must be >= 1)");
  }

  @Test
  void aKnownGapIsSaidAsItIs() {
    String gap =
        "Unsupported: training.precision = bf16 with averaging.engine = dl4j (leave it out)";

    assertThat(Failure.sentence(new UnsupportedOperationException(gap))).isEqualTo(gap);
    assertThat(
            Failure.sentence(
                new SparkException(
                    STAGE_FAILURE + "java.lang.UnsupportedOperationException: " + gap, null)))
        .isEqualTo(gap);
  }

  @Test
  void passwordsOfUrisAreNotSaid() {
    assertThat(
            Failure.sentence(
                new IOException("Cannot read hdfs://me:hunter2@host:8020/x: no such file")))
        .isEqualTo("Cannot read hdfs://(withheld)@host:8020/x: no such file");
  }

  @Test
  void anErrorTypeOfOursIsSaidAsItIs() {
    RuntimeException ours = new OurException("Training diverged: the loss is NaN");

    assertThat(Failure.sentence(new SparkException(STAGE_FAILURE + "x", ours)))
        .isEqualTo("Training diverged: the loss is NaN");
  }

  @Test
  void whatOthersSayOfPathsIsASentence() {
    assertThat(Failure.sentence(new InvalidPathException("caf?", "Malformed input")))
        .isEqualTo(
            "Invalid path: caf? (Malformed input; is the locale one of UTF-8, as by LC_ALL=C.UTF-8?)");
    assertThat(catchThrowable(() -> new org.apache.hadoop.fs.Path("foo:bar")))
        .extracting(Failure::sentence)
        .isEqualTo(
            "Invalid path: foo:bar (must be a path, or a URI such as hdfs://host:8020/folder; put ./ before a name with a colon)");
    assertThat(
            catchThrowable(
                () ->
                    new org.apache.hadoop.fs.Path("foo://a/b").getFileSystem(new Configuration())))
        .extracting(Failure::sentence, InstanceOfAssertFactories.STRING)
        .startsWith(
            "Cannot open a path: No FileSystem for scheme \"foo\" on the class path (s3a: ");
  }

  @Test
  void wrappersAreLookedThrough() {
    IOException cause = new IOException("Cannot read part-3.parquet: it is truncated");

    assertThat(Failure.sentence(new UncheckedIOException(cause))).isEqualTo(cause.getMessage());
    assertThat(
            Failure.sentence(new SparkException(STAGE_FAILURE + "x", new RuntimeException(cause))))
        .isEqualTo(cause.getMessage());
  }

  @Test
  void theOutermostSentenceOfOursIsTheOne() {
    IOException inner = new IOException("Cannot seek");
    IOException outer = new IOException("Cannot read a.parquet: it is truncated", inner);

    assertThat(Failure.sentence(new RuntimeException(outer))).isEqualTo(outer.getMessage());
  }

  @Test
  void aFullDiskOfSparksOwnNamesItsSetting() {
    assertThat(
            Failure.sentence(new UncheckedIOException(new IOException("No space left on device"))))
        .startsWith("Cannot write: no space left on device (free some, or set spark.local.dir");
  }

  @Test
  void aHaltThatSparkSawIsASentenceOfCommandsAndTrials() {
    RuntimeException failed =
        new RuntimeException("x", new TimeoutException("Futures timed out after [120 seconds]"));
    String sentence =
        "Cannot go on: Spark did not answer for 120 seconds, as where a process is halted or its"
            + " machine overloaded (try again, or raise spark.network.timeout)";

    assertThat(Failure.sentence(failed)).isEqualTo(sentence);
    assertThat(TrainingFailedException.cause(failed)).isEqualTo(sentence);
    assertThat(TrainingFailedException.cause(new OutOfMemoryError("Java heap space")))
        .isEqualTo(Failure.sentence(new OutOfMemoryError("Java heap space")))
        .startsWith("Cannot go on: out of memory (");
  }

  @Test
  void aTasksErrorThatSparkSentAsTextIsFound() {
    String text =
        STAGE_FAILURE
            + "java.io.UncheckedIOException: java.io.IOException: wrapped\n"
            + "\tat org.isonorm.data.reading.ShardReader.read(ShardReader.java:10)\n"
            + "Caused by: java.io.IOException: Cannot read a.parquet: it is truncated\n"
            + "\t... 8 more\n\nDriver stacktrace:";

    assertThat(Failure.sentence(new SparkException(text)))
        .isEqualTo("Cannot read a.parquet: it is truncated");
  }

  @Test
  void aTasksErrorOfALibraryIsNamed() {
    String text =
        STAGE_FAILURE + "java.lang.IllegalStateException: not ready\n\tat x.Y.z(Y.java:1)";

    assertThat(Failure.sentence(new SparkException(text)))
        .isEqualTo(
            "Cannot go on: IllegalStateException: not ready (see the stack trace with --debug)");
  }

  @Test
  void anyOtherErrorIsItsRootCauseByName() {
    assertThat(
            Failure.sentence(
                new RuntimeException("outer", new IllegalStateException("inner\nmore"))))
        .isEqualTo("Cannot go on: IllegalStateException: inner (see the stack trace with --debug)");
    assertThat(Failure.sentence(new NullPointerException()))
        .isEqualTo("Cannot go on: NullPointerException (see the stack trace with --debug)");
  }

  @Test
  void fileErrorsWithoutWordsGetThem() {
    assertThat(Failure.sentence(new NoSuchFileException("a/b")))
        .isEqualTo("Cannot read a/b: no such file");
    assertThat(Failure.sentence(new AccessDeniedException("a/b")))
        .isEqualTo("Cannot access a/b: permission denied");
  }

  @Test
  void tooLittleMemoryNamesTheSettings() {
    assertThat(Failure.sentence(new OutOfMemoryError("Java heap space")))
        .startsWith("Cannot go on: out of memory (Java heap space; raise ISONORM_HEAP");
  }

  @Test
  void aLoopOfCausesEnds() {
    RuntimeException first = new RuntimeException("first");
    RuntimeException second = new RuntimeException("second", first);
    first.initCause(second);

    assertThat(Failure.sentence(second)).contains("first");
  }

  private static final class OurException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OurException(String message) {
      super(message);
    }
  }
}
