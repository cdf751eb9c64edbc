package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GridReportTest {
  @TempDir Path folder;

  private String page() throws IOException {
    return Files.readString(Report.render(folder));
  }

  @Test
  void saysTheBestGammaOfEveryLearningRate() throws IOException {
    GridFixture.clear(folder);
    assertThat(page())
        .contains(
            "<h1>resnet-20 on cifar10</h1>",
            "Finished: 36 of 36 trials",
            "Best γ: 0.4 at learning rate 0.1 (n = 2), 4 at learning rate 0.01 (n = 2), 40 at learning rate 0.001 (n = 2). It rises as the learning rate falls, as Zhang et al. (2022) say.",
            "40 (end of the range)",
            "init-gamma 4, learning-rate 0.01",
            "58.50%",
            "± 0.71% over n = 2, 10,000 examples");
  }

  @Test
  void cannotTellTheBestGammaWhereTheSeedsSpread() throws IOException {
    GridFixture.finished(folder, 0, "paper");
    assertThat(page())
        .contains(
            "Highest validation accuracy at γ 0.4 at learning rate 0.1 (n = 2), ",
            "Which γ is best, cannot tell at learning rate ",
            "(the next is within the seeds&#39; spread)",
            "cannot tell: the next is within the seeds&#39; spread");
  }

  @Test
  void withATargetTheSoonestPointIsShownWithItsTime() throws IOException {
    GridFixture.timed(folder, true);
    assertThat(page())
        .contains(
            "soonest point at 50.00%",
            "40.5 s",
            "init-gamma 4, learning-rate 0.01 · of training, on validation · reached by 2 of n = 2",
            "reached 50.00%",
            "training until then",
            "training to 50.00%")
        .doesNotContain("highest point on validation", "cannot tell: the next is within the seeds");
  }

  @Test
  void aTargetThatNoPointReachedIsSaid() throws IOException {
    GridFixture.timed(folder, false);
    assertThat(page())
        .contains("highest point on validation", " · no point reached 90.00%")
        .doesNotContain("soonest point");
  }

  @Test
  void oneSeedTellsNothing() throws IOException {
    GridFixture.oneSeed(folder, 0.6);
    assertThat(page())
        .contains(
            "Which γ is best, cannot tell at learning rate 0.1 (one seed), 0.01 (one seed), 0.001 (one seed). Whether it moves with the learning rate, cannot tell: the best is known at 0 of 3 learning rates.",
            "of one seed a point (n = 1)",
            "whether it is the best, cannot tell: one seed")
        .doesNotContain("as Zhang et al. (2022) say", "expect it to rise");
  }

  @Test
  void resultsAtChanceTellNothing() throws IOException {
    GridFixture.oneSeed(folder, 0.12);
    assertThat(page())
        .contains(
            "cannot tell at learning rate 0.1 (at chance), 0.01 (at chance), 0.001 (at chance).",
            "whether it is the best, cannot tell: at chance")
        .doesNotContain("as Zhang et al. (2022) say", "expect it to rise");
  }

  /** γ 10 at .1 diverged with one of its seeds. */
  @Test
  void aPointDoesNotWinByTheSeedsThatWentWell() throws IOException {
    GridFixture.finished(folder, 0, "paper");
    GridSlice slice = GridSlice.of(GridFiles.load(folder)).get(0);
    assertThat(slice.ranked("0.1")).extracting(GridSlice.Point::gamma).contains("10");
    assertThat(slice.contenders("0.1")).extracting(GridSlice.Point::gamma).doesNotContain("10");
  }

  @Tag("long")
  @Test
  void checksTheEffectiveLearningRateUnderEveryProtocol() throws IOException {
    GridFixture.finished(folder, 0, "paper", "control");
    assertThat(page())
        .contains(
            "The early loss collapses on ηγ",
            "2 trials without a finished first epoch left out",
            "The control protocol:",
            "34 trials, 29 degrees of freedom")
        .doesNotContain("grid.protocols does not have it");
    assertThat(folder.resolve("plots/effective-learning-rate-control-protocol.png")).exists();
  }

  @Test
  void aLossOffTheCurveDoesNotCollapse() throws IOException {
    GridFixture.finished(folder, 0.6, "paper");
    assertThat(page())
        .contains("The early loss does not collapse on ηγ", "grid.protocols does not have it.");
  }

  @Test
  void drawsItsFiguresBesideThePage() throws IOException {
    GridFixture.finished(folder, 0, "paper");
    String page = page();
    assertThat(page.split("<svg ", -1)).hasSize(5);
    try (Stream<Path> files = Files.list(folder.resolve("plots"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "heatmap.png",
              "accuracy-over-gamma.png",
              "training-curves.png",
              "effective-learning-rate.png");
    }
  }

  /** The row of .1 is the first; its γ of 40 diverged, the last column. */
  @Test
  void hatchesWhatDivergedAndFramesWhatIsBest() throws IOException {
    GridFixture.finished(folder, 0, "paper");
    Report.render(folder);
    BufferedImage map = ImageIO.read(folder.resolve("plots/heatmap.png").toFile());
    assertThat(count(map, 0x4A0E16)).isGreaterThan(5_000);
    assertThat(count(map, 0xD64A00)).isGreaterThan(5_000);
  }

  private static int count(BufferedImage image, int rgb) {
    int count = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        count += (image.getRGB(x, y) & 0xFFFFFF) == rgb ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void showsAnUnfinishedGrid() throws IOException {
    GridFixture.unfinished(folder, 7);
    assertThat(page())
        .contains("Not finished: 7 of 36 trials", "Trials are still missing", "Not fitted.")
        .contains("only the winner is tested");
  }

  @Tag("long")
  @Test
  void dropsAnEarlierReportsFigures() throws IOException {
    GridFixture.finished(folder, 0, "paper", "control");
    Report.render(folder);
    // Two planes: each by itself and both beside each other, with one best point of all.
    BufferedImage both = ImageIO.read(folder.resolve("plots/heatmaps.png").toFile());
    assertThat(both.getWidth()).isGreaterThan(both.getHeight());
    assertThat(count(both, 0xD64A00)).isGreaterThan(2_000);
    GridFixture.finished(folder, 0, "paper");
    Report.render(folder);
    assertThat(folder.resolve("plots/heatmap-control-protocol.png")).doesNotExist();
    assertThat(folder.resolve("plots/heatmaps.png")).doesNotExist();
  }

  @Test
  void listsTheTrialsAndTheirCauses() throws IOException {
    GridFixture.finished(folder, 0, "paper");
    assertThat(page()).contains("loss NaN, at a learning rate of 0.1", "0 of 4");
  }

  @Test
  void aGridWithoutAResultIsAnErrorThatSaysSo() throws IOException {
    Files.writeString(folder.resolve("config.conf"), "run { name = new }");
    Files.createDirectory(folder.resolve("trials"));
    assertThatThrownBy(() -> Report.render(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid grid folder: %s (it has no grid.json yet: no trial has ended)", folder);
  }

  @Test
  void putsTestedRunsBesideThePapersTables() throws IOException {
    for (int seed = 1; seed <= 2; seed++) {
      Path run = Files.createDirectory(folder.resolve("vgg-" + seed));
      Files.writeString(
          run.resolve("config.conf"),
          """
          network { name = vgg-19 }, data { dataset = cifar10 }, training { epochs = 30 }
          initialization { rule = bn-gamma, init-gamma = 0.4 }, augmentation { cutout = 16, mixing { method = none } }
          """);
      Files.writeString(
          run.resolve("evaluation.json"),
          "{\"split\": \"test\", \"top1Accuracy\": 0.9%d}".formatted(seed));
    }
    String page = page();
    String row = page.substring(page.indexOf("BN/γ rule"), page.indexOf("resnet-110"));
    assertThat(row.replaceAll("\\s*<[^>]*>\\s*", " ").replaceAll(" +", " "))
        .startsWith(
            "BN/γ rule (the paper's), 5/m 95.50 91.50 0.71 2 200 30 full".replace("'", "&#39;"));
    assertThat(page).contains("2 tested runs in this folder", "97.79", "not run");
  }

  @Test
  void anEmptyFolderIsAnErrorWithARemedy() {
    assertThatThrownBy(() -> Report.render(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no run is below it");
  }
}
