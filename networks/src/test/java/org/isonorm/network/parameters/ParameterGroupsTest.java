package org.isonorm.network.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.parameters.ParameterGroups.Group;
import org.isonorm.network.parameters.ParameterGroups.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ParameterGroupsTest {

  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void everyParameterLiesInTheRunsOfItsGroup(NetworkDefinition definition) {
    ComputationGraph graph = Networks.build(definition);
    ParameterGroups groups = ParameterGroups.of(graph);
    float[] codes = new float[Math.toIntExact(groups.length())];
    for (Run run : groups.runs()) {
      for (long i = run.from(); i < run.to(); i++) {
        codes[(int) i] = codeOf(run.group());
      }
    }
    graph.params().assign(Nd4j.createFromArray(codes));

    for (Map.Entry<String, INDArray> parameter : graph.paramTable().entrySet()) {
      Group expected =
          switch (parameter.getKey().substring(parameter.getKey().lastIndexOf('_') + 1)) {
            case "W" -> Group.WEIGHTS;
            case "b", "scale", "gamma", "beta" -> Group.UNDECAYED;
            case "mean" -> Group.RUNNING_MEANS;
            case "var" -> Group.RUNNING_VARIANCES;
            default -> throw new AssertionError(parameter.getKey());
          };
      assertThat(parameter.getValue().minNumber().intValue()).isEqualTo(codeOf(expected));
      assertThat(parameter.getValue().maxNumber().intValue()).isEqualTo(codeOf(expected));
    }
  }

  private static int codeOf(Group group) {
    return switch (group) {
      case WEIGHTS -> 1;
      case UNDECAYED -> 2;
      case RUNNING_MEANS -> 3;
      case RUNNING_VARIANCES -> 4;
    };
  }

  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void countsAreTheTopologys(NetworkDefinition definition) {
    ComputationGraph graph = Networks.build(definition);

    ParameterGroups groups = ParameterGroups.of(graph);

    assertThat(groups.length()).isEqualTo(graph.numParams());
    assertThat(groups.count(Group.WEIGHTS)).isEqualTo(Networks.topology(definition).weights());
    assertThat(groups.trainedParameters())
        .isEqualTo(Networks.topology(definition).trainedParameters());
  }

  @Test
  void runningMeansAndVariancesPairUp() {
    ParameterGroups groups = ParameterGroups.of(Networks.build(SmallNetworks.resNet()));

    assertThat(groups.runs(Group.RUNNING_MEANS)).hasSize(9);
    assertThat(groups.runs(Group.RUNNING_MEANS))
        .extracting(Run::length)
        .isEqualTo(groups.runs(Group.RUNNING_VARIANCES).stream().map(Run::length).toList());
  }

  @Test
  void refusesGaps() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ParameterGroups(List.of(new Run(Group.WEIGHTS, 1, 3))))
        .withMessage("Invalid runs: [1, 3) does not follow element 0");
  }
}
