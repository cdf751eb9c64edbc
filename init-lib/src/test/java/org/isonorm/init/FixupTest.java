package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FixupTest {
  private static final double EXACT = 1e-12;
  private static final LayerTopology STEM = convolution("stem", 16, 3);
  private static final LayerTopology CLASSIFIER =
      new LayerTopology("classifier", LayerKind.CLASSIFIER, WeightShape.dense(10, 64), true, false);

  @Test
  void shrinksTheFirstOfTwoConvolutionsByTheRootOfTheBranches() {
    InitializationPlan plan = plan(network(9, 2, true));

    for (int block = 1; block <= 9; block++) {
      // std √(2/(k² Cout)) · L^(−1/2)
      assertThat(Math.sqrt(layer(plan, "block%d.conv1".formatted(block)).variance()))
          .isCloseTo(Math.sqrt(2. / (9 * 32)) / 3, within(EXACT));
      assertThat(layer(plan, "block%d.conv2".formatted(block)).sample(1)).containsOnly(0);
    }
  }

  @Test
  void shrinksEachButTheLastOfThreeByTheFourthRoot() {
    InitializationPlan plan = plan(network(16, 3, true));

    for (String name : List.of("block5.conv1", "block5.conv2")) {
      assertThat(Math.sqrt(layer(plan, name).variance()))
          .isCloseTo(Math.sqrt(2. / (9 * 32)) / 2, within(EXACT));
    }
    assertThat(layer(plan, "block5.conv3").sample(1)).containsOnly(0);
  }

  @Test
  void startsABranchOfOneConvolutionAtZero() {
    assertThat(layer(plan(network(4, 1, true)), "block2.conv1").sample(1)).containsOnly(0);
  }

  @Test
  void startsTheClassifierAtZeroAndAllElseByKaiming() {
    InitializationPlan plan = plan(network(9, 2, true));

    assertThat(layer(plan, "stem").variance()).isCloseTo(2. / (9 * 16), within(EXACT));
    assertThat(layer(plan, "classifier").sample(1)).containsOnly(0);
    assertThat(layer(plan, "classifier").rule()).isEqualTo("fixup");
  }

  @Test
  void refusesNetworksWithoutItsScalars() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(network(3, 2, false)))
        .withMessage(
            "Invalid rule: fixup for res, which has no scalar biases and multipliers (build it with"
                + " them, as network.fixup = true does for resnet-D and wrn-D-K, or choose another"
                + " rule)");
  }

  @Test
  void refusesOtherRulesForNetworksWithItsScalars() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InitializationPlan.of(network(3, 2, true), Initialization.bnGamma(.4)))
        .withMessage(
            "Invalid rule: bn-gamma for res with scalar biases and multipliers (must be fixup;"
                + " network.fixup = false builds it without them)");
  }

  @Test
  void layersMayBeOverridden() {
    Initialization settings =
        choice().withOverrides(List.of(LayerOverride.rule("block1.conv2", "2/m")));

    assertThat(
            layer(InitializationPlan.of(network(3, 2, true), settings), "block1.conv2").variance())
        .isCloseTo(2. / (9 * 32), within(EXACT));
  }

  private static InitializationPlan plan(NetworkTopology topology) {
    return InitializationPlan.of(topology, choice());
  }

  private static Initialization choice() {
    return new Initialization("fixup", 1, "normal", "fixup");
  }

  private static LayerInitialization layer(InitializationPlan plan, String name) {
    return plan.layers().stream()
        .filter(layer -> layer.layer().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static NetworkTopology network(int blocks, int convolutions, boolean scalars) {
    List<ResidualBranch> branches =
        IntStream.rangeClosed(1, blocks)
            .mapToObj(
                block ->
                    new ResidualBranch(
                        IntStream.rangeClosed(1, convolutions)
                            .mapToObj(i -> "block%d.conv%d".formatted(block, i))
                            .toList(),
                        Optional.empty(),
                        scalars))
            .toList();
    List<LayerTopology> layers =
        Stream.of(
                Stream.of(STEM),
                branches.stream()
                    .flatMap(branch -> branch.convolutions().stream())
                    .map(name -> convolution(name, 32, 16)),
                Stream.of(CLASSIFIER))
            .flatMap(stream -> stream)
            .toList();
    return new NetworkTopology("res", layers, Integer.MAX_VALUE, branches);
  }

  private static LayerTopology convolution(String name, int out, int in) {
    return new LayerTopology(
        name, LayerKind.CONVOLUTION, WeightShape.convolution(out, in, 3, 3), false, false);
  }
}
