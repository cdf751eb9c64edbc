package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
  private static final List<String> NETWORKS =
      List.of("vgg-11", "vgg-19", "resnet-20", "resnet-110", "densenet-100", "wrn-28-10");

  @ParameterizedTest
  @CsvSource({
    "vgg19, vgg-19",
    "vgg-18, vgg-11", // one edit from both: the first
    "VGG-19, vgg-19",
    "restnet-20, resnet-20",
    "rensnet110, resnet-110",
    "wrn, wrn-28-10",
    "Dense, densenet-100", // an abbreviation wins over fewer edits
    "densnet, densenet-100", // an abbreviation but for one letter, too
    "'', vgg-11",
  })
  void findsTheNameThatWasMeant(String typed, String meant) {
    assertThat(NearestName.of(typed, NETWORKS)).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({
    "vgg19, vgg-19",
    "Dense, densenet-100",
    "resent, resnet-20",
    "densnet, densenet-100",
    "frobnicate,",
    "x,",
  })
  void offersOnlyWhatIsLikely(String typed, String meant) {
    assertThat(NearestName.near(typed, NETWORKS)).isEqualTo(Optional.ofNullable(meant));
    assertThat(NearestName.near(typed, List.of())).isEmpty();
  }

  /** With the dashes these would be half alike. */
  @Test
  void theDashesOfOptionsAreNoLikeness() {
    assertThat(NearestName.near("--frobnicate", List.of("--probe"))).isEmpty();
    assertThat(NearestName.near("--prode", List.of("--probe"))).contains("--probe");
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "abc, abc, 0",
    "'', abc, 3",
    "kitten, sitting, 3",
    "flaw, lawn, 2",
    "gamma, gmama, 1",
    "ca, abc, 3", // each pair is swapped at most once, and not edited afterwards
  })
  void distanceCountsEdits(String a, String b, int edits) {
    assertThat(NearestName.distance(a, b)).isEqualTo(edits);
    assertThat(NearestName.distance(b, a)).isEqualTo(edits);
  }

  @Test
  void unknownNamesTheNearestAndListsAll() {
    assertThat(NearestName.unknown("rule", "xaver", List.of("lecun", "xavier")))
        .hasMessage("Invalid rule: xaver (did you mean xavier? valid: lecun, xavier)");
  }

  @Test
  void rejectsAnEmptyChoice() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NearestName.of("vgg", List.of()))
        .withMessage("Invalid candidates: none (must have at least one)");
  }
}
