package org.isonorm.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskEndReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.Option;
import scala.collection.immutable.List$;

class TaskFailuresTest {
  private static TaskEndReason error(Throwable error) {
    return new ExceptionFailure(
        error.getClass().getName(),
        error.getMessage(),
        error.getStackTrace(),
        "",
        Option.empty(),
        List$.MODULE$.empty(),
        List$.MODULE$.empty(),
        List$.MODULE$.empty());
  }

  @Test
  void aHeapThatIsTooSmallNamesItsSetting() {
    assertThat(TaskFailures.reason(error(new OutOfMemoryError("Java heap space"))))
        .contains(
            "out of memory: Java heap space (raise spark.executor.memory, or lower training.global-batch-size or use more workers)");
  }

  @Test
  void arraysOutsideTheHeapNameTheirs() {
    assertThat(
            TaskFailures.reason(
                error(new OutOfMemoryError("Physical memory usage is too high: 949M > 600M"))))
        .contains(
            "out of memory: Physical memory usage is too high: 949M > 600M (raise spark.executor.memoryOverhead, which limits arrays outside the heap, or lower training.global-batch-size)");
  }

  @Test
  void otherErrorsSpeakForThemselves() {
    assertThat(TaskFailures.reason(error(new IllegalStateException("Cannot read x")))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "52, out of Java heap (raise spark.executor.memory)",
    "134, 'aborted, see its log'",
    "137, 'killed from outside, by the machine if its memory ran out'",
    "139, 'crashed in native code, see its log'",
    "143, told to end by its worker or resource manager",
  })
  void exitCodesAreExplained(int code, String meaning) {
    TaskEndReason lost =
        new ExecutorLostFailure("1", true, Option.apply("Command exited with code " + code));

    assertThat(TaskFailures.reason(lost).orElseThrow())
        .startsWith(
            "its executor was lost: Command exited with code %d, %s".formatted(code, meaning));
  }
}
