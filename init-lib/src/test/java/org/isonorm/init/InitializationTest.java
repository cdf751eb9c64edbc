package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitializationTest {
  @ParameterizedTest
  @CsvSource({"-1, -1", "0, 0", "-0.25, -0.25", "NaN, NaN", "Infinity, Infinity"})
  void rejectsAGammaThatIsNotPositiveAndFinite(double initGamma, String printed) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Initialization.bnGamma(initGamma))
        .withMessage("Invalid init-gamma: %s (must be > 0 and finite)".formatted(printed));
  }

  @Test
  void rejectsAnUnknownRule() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Initialization("kaming-fan-out", 1, "normal", "1/n"))
        .withMessageStartingWith(
            "Invalid rule: kaming-fan-out (did you mean kaiming-fan-out? valid: ");
  }

  @Test
  void rejectsAnUnknownDistribution() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Initialization("xavier", 1, "truncated", "1/n"))
        .withMessage(
            "Invalid distribution: truncated (did you mean truncated-normal? valid: normal,"
                + " uniform, truncated-normal)");
  }

  @Test
  void rejectsAnUnknownClassifierRule() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Initialization("xavier", 1, "normal", "n"))
        .withMessageStartingWith("Invalid classifier: n (did you mean normal-.01? valid: 1/n, ");
  }

  @Test
  void rejectsAStdThatIsNotPositiveAndFinite() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Initialization("fixed-std", 1, "normal", "1/n", 0))
        .withMessage("Invalid std: 0 (must be > 0 and finite)");
  }

  @Test
  void aConstantIsNoRuleForConvolutions() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Initialization("constant", 1, "normal", "constant"))
        .withMessageStartingWith("Invalid rule: constant ");
  }

  /** Of several overrides for a layer the last wins. */
  @Test
  void gammasOfLayersGoBehindItsOwnOverrides() {
    LayerOverride own = LayerOverride.initGamma("stem", 9);

    Initialization with =
        Initialization.bnGamma(.4)
            .withOverrides(List.of(own))
            .withInitGammas(2, Map.of("stem", 3.));

    assertThat(with.initGamma()).isEqualTo(2);
    assertThat(with.overrides()).containsExactly(LayerOverride.initGamma("stem", 3), own);
    assertThat(with.rule()).isEqualTo("bn-gamma");
  }

  @Test
  void bnGammaIsThePapersChoiceForVgg() {
    assertThat(Initialization.bnGamma(.4))
        .isEqualTo(new Initialization("bn-gamma", .4, "normal", "1/n", .01));
  }
}
