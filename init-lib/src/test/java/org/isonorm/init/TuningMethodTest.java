package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TuningMethodTest {
  @ParameterizedTest
  @CsvSource({
    "lsuv, orthonormal, true",
    "metainit, kaiming-fan-in, false",
    "metainit-table-1, kaiming-table-1, true",
    "gradinit, kaiming-table-1, true"
  })
  void isNamedAndStartsAsPublished(String name, String start, boolean needsData) {
    TuningMethod method = TuningMethod.named(name).orElseThrow();

    assertThat(method.label()).isEqualTo(name);
    assertThat(method.start()).isEqualTo(start);
    assertThat(method.needsData()).isEqualTo(needsData);
  }

  @ParameterizedTest
  @EnumSource
  void startsByARule(TuningMethod method) {
    assertThat(InitializationRule.named(method.start()).name()).isEqualTo(method.start());
  }

  @Test
  void noRuleHasAMethodsName() {
    assertThat(InitializationRule.allForClassifier())
        .extracting(InitializationRule::name)
        .doesNotContainAnyElementsOf(TuningMethod.labels());
    assertThat(TuningMethod.named("5/m")).isEmpty();
  }

  @Test
  void aNameIsAMethodsOrARules() {
    assertThat(TuningMethod.requireMethodOrRule("gradinit")).isEqualTo("gradinit");
    assertThat(TuningMethod.requireMethodOrRule("5/m")).isEqualTo("5/m");
    assertThat(TuningMethod.requireMethodOrRule("lecun")).isEqualTo("lecun");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TuningMethod.requireMethodOrRule("metaint"))
        .withMessageContaining("did you mean metainit?")
        .withMessageContaining("bn-gamma")
        .withMessageContaining("gradinit");
  }
}
