package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.isonorm.spark.run.Norms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NormsTest {
  @TempDir Path folder;

  private Norms load(String rows) throws IOException {
    return Norms.load(
        Files.writeString(folder.resolve("norms.csv"), "round,layer,name,value\n" + rows));
  }

  private static List<String> ids(Norms norms) {
    return new NormFigures(norms).figures().stream().map(Figure::id).toList();
  }

  private static List<String> absent(Norms norms) {
    return new NormFigures(norms).figures().stream().map(Figure::absent).toList();
  }

  @Test
  void normsAreOverTheFirstInTheirDirectionWithoutTheClassifier() throws IOException {
    Norms norms =
        load(
            """
            0,a,activationNorm,2
            0,a,errorNorm,2
            0,b,activationNorm,4
            0,b,errorNorm,8
            0,classifier,activationNorm,100
            0,classifier,errorNorm,100
            """);
    assertThat(norms.relative(0, Norms.ACTIVATION)).containsExactly(1, 2);
    assertThat(norms.relative(0, Norms.ERROR)).containsExactly(0.25, 1);
    assertThat(ids(norms)).containsExactly("norms");
  }

  @Test
  void rotationAndNormsAreDrawnBesideTheirEquilibrium() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int round : new int[] {0, 5}) {
      rows.append(round + ",a,rotationToEquilibrium," + (3 - round / 5) + "\n");
      rows.append(round + ",b,rotationToEquilibrium," + (5 - round / 5) + "\n");
      rows.append(round + ",classifier,rotationToEquilibrium,NaN\n");
      rows.append(round + ",a,normToEquilibrium,.5\n");
    }
    Norms norms = load(rows.toString());

    assertThat(norms.median(0, Norms.ROTATION_RATIO)).isEqualTo(4);
    assertThat(norms.median(5, Norms.NORM_RATIO)).isEqualTo(.5);
    assertThat(norms.median(5, "none")).isNaN();
    assertThat(new NormFigures(norms).figures())
        .filteredOn(figure -> figure.absent().isEmpty())
        .extracting(Figure::id)
        .containsExactly("norms-rotation", "norms-equilibrium", "norms-over-time");
  }

  @Test
  void theWayToEquilibriumSaysWhatWarmupTheStartIsLike() throws IOException {
    String rows =
        "0,a,normToEquilibrium,2\n1,a,normToEquilibrium,1.5\n0,a,rotationToEquilibrium,.5\n";
    String own = "0,b,warmupFraction,NaN\n0,b,warmupSteps,NaN\n0,a,warmupSteps,1234.4\n";

    assertThat(note(load(rows))).endsWith("the start is forgotten.");
    assertThat(note(load(rows + own + "0,a,warmupFraction,.25\n")))
        .endsWith(
            "the start is forgotten. The start is like a linear warmup of the learning rate over"
                + " 1,234 local steps, from 25% of it (median layer, by the gradient of the"
                + " start).");
    assertThat(note(load(rows + own + "0,a,warmupFraction,1.6\n")))
        .contains(
            "like a linear fall of the learning rate over 1,234 local steps, from 160% of it");
  }

  private static String note(Norms norms) {
    return new NormFigures(norms)
        .figures().stream()
            .filter(figure -> figure.id().equals("norms-over-time"))
            .findFirst()
            .orElseThrow()
            .note();
  }

  @Test
  void laterRoundsAreDrawnBesideTheStart() throws IOException {
    Norms norms = Norms.load(RunFixture.finished(folder).folder().resolve("norms.csv"));
    assertThat(ids(norms))
        .containsExactly(
            "norms",
            "norms-activations",
            "norms-errors",
            "norms-update-ratio",
            "norms-effective-rate");
    assertThat(absent(norms)).containsOnly("");
  }

  @Test
  void manyRoundsAreThinnedToTheFirstTheLastAndSomeBetween() throws IOException {
    long[] rounds = new long[101];
    for (int i = 0; i < rounds.length; i++) {
      rounds[i] = 10L * i;
    }
    RunFixture.in(folder).write("norms.csv", RunFixture.norms(3, rounds));
    assertThat(Norms.load(folder.resolve("norms.csv")).spread(6))
        .containsExactly(0L, 200L, 400L, 600L, 800L, 1000L);
  }

  @Test
  void signalsThatDiedOrOverflowedLeaveGaps() throws IOException {
    Norms norms =
        load(
            """
            0,a,activationNorm,1
            0,a,errorNorm,0.0
            0,b,activationNorm,Infinity
            0,b,errorNorm,NaN
            0,classifier,activationNorm,NaN
            0,classifier,errorNorm,1
            """);
    assertThat(absent(norms)).containsExactly("");
    assertThat(absent(load("0,a,activationNorm,NaN\n0,b,activationNorm,1\n")))
        .containsExactly("norms.csv has no positive value for it.");
  }

  @Test
  void namesTheLineOfAValueThatIsNone() {
    assertThatIOException()
        .isThrownBy(() -> load("0,a,activationNorm,1\n0,b,activationNorm,x\n"))
        .withMessageContaining("norms.csv, line 3: invalid value: \"x\"");
  }
}
