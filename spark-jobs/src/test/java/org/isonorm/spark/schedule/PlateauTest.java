package org.isonorm.spark.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.run.TrainingState;
import org.junit.jupiter.api.Test;

class PlateauTest {
  /** A division and a multiplication of doubles. */
  private static final double ROUNDING = 1e-15;

  /** What {@code make_plateau.py} wrote. */
  private static List<double[]> golden() throws IOException {
    try (InputStream csv = PlateauTest.class.getResourceAsStream("plateau.csv")) {
      return new String(csv.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .map(line -> Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray())
          .toList();
    }
  }

  @Test
  void lowersTheRateWherePyTorchDoes() throws IOException {
    Plateau before = null;
    Plateau.State state = Plateau.State.START;
    List<double[]> rows = golden();
    assertThat(rows).hasSize(4 * 18);
    for (double[] row : rows) {
      Plateau plateau = new Plateau(row[0], row[1], (int) row[2], row[3], row[4]);
      if (!plateau.equals(before)) {
        state = Plateau.State.START;
        before = plateau;
      }
      state = plateau.after(state, row[5]);
      assertThat(plateau.factorOf(state) * row[0])
          .as(Arrays.toString(row))
          .isCloseTo(row[6], within(ROUNDING * row[0]));
    }
  }

  @Test
  void theStateIsPartOfACheckpointsAndMayBeMissingInOneOfBefore() throws IOException {
    ObjectMapper json = new ObjectMapper();
    TrainingState start = TrainingState.start(NetworkDefinition.of("resnet-8"), "synthetic", 1);
    TrainingState lowered = start.withPlateau(new Plateau.State(2, 1, .75));

    assertThat(json.readValue(json.writeValueAsBytes(lowered), TrainingState.class))
        .isEqualTo(lowered);
    ObjectNode old = json.valueToTree(lowered);
    old.remove("plateau");
    assertThat(json.treeToValue(old, TrainingState.class)).isEqualTo(start);
  }
}
