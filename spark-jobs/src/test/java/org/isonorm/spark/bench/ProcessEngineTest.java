package org.isonorm.spark.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.isonorm.network.definition.NetworkDefinition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessEngineTest {
  private static final NetworkDefinition NETWORK = NetworkDefinition.of("densenet-100");

  @Test
  void anAnswerWithTheNetworksParametersSaysTheVersion() {
    assertThat(ProcessEngine.version("PyTorch", "ready 1.13.0a0 769162", NETWORK))
        .isEqualTo("1.13.0a0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ready 1.13.0a0 769152", "ready 1.13.0a0", "Traceback of 769162"})
  void refusesAnotherNetworkOrAnswer(String answer) {
    assertThatIllegalStateException()
        .isThrownBy(() -> ProcessEngine.version("PyTorch", answer, NETWORK))
        .withMessage(
            "Cannot compare with PyTorch: it answered '%s', expected 'ready VERSION 769162' (its network is another one)"
                .formatted(answer));
  }

  @Test
  void whatItCannotIsSaidInItsOwnWords() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                ProcessEngine.version(
                    "PyTorch", "Cannot compile: there is no C++ compiler g++", NETWORK))
        .withMessage("Cannot compile: there is no C++ compiler g++");
  }
}
