package org.isonorm.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SkippedTestsTest {
  @Test
  void countsByReason() {
    SkippedTests.Summary summary = new SkippedTests.Summary();
    summary.add("this processor has no bfloat16");
    summary.add("Assumption failed");
    summary.add("this processor has no bfloat16");
    assertThat(summary.text())
        .isEqualTo(
            """
            Skipped tests: 3
              1: Assumption failed
              2: this processor has no bfloat16""");
  }
}
