package org.isonorm.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class JobsTest {
  @Test
  void memoryThatIsNotFreedAsTheJobFailedIsNoNews() {
    assertThat(Jobs.unreleased(new ExecutionException(new IllegalStateException("Cannot read x"))))
        .isEmpty();
  }

  @Test
  void anExecutorThatDoesNotAnswerIsSaidInOneSentence() {
    assertThat(Jobs.unreleased(new TimeoutException()))
        .contains(
            "Cannot free the memory of ended workers: an executor has not answered for 10 s (it is freed when the command ends)");
  }
}
