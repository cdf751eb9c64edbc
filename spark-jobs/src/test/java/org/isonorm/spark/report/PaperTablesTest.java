package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Scale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The paper's tables filled by runs of conf/paper. */
class PaperTablesTest {
  private static final int OURS = 4;
  private static final int N = 6;
  private static final int EPOCHS = 8;
  private static final int SCALE = 9;

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../conf/paper"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("table.*\\.conf"))
          .sorted()
          .toList();
    }
  }

  private static TestResult run(Path file, Scale scale, double accuracy, String... settings) {
    IsonormConfig full = IsonormConfig.load(Optional.of(file), List.of(settings));
    IsonormConfig config = IsonormConfig.loadWith(Optional.of(file), scale.settings(full));
    String text = (settings.length == 0 ? config : full).render();
    return new TestResult(ConfigFactory.parseString(text).resolve(), accuracy);
  }

  /** The rows of all tables that a run of ours fills. */
  private static List<List<String>> filled(TestResult... results) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    for (View.Titled titled : PaperTables.of(List.of(results)).views()) {
      titled.table().rows().stream()
          .filter(row -> !List.of("not run", "not available").contains(row.get(OURS)))
          .forEach(rows::add);
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyFileFillsTheOneCellItIsNamedAfter(Path file) throws IOException {
    List<String> row = filled(run(file, Scale.FULL, 0.5)).get(0);
    assertThat(filled(run(file, Scale.FULL, 0.5))).hasSize(1);
    String name = file.getFileName().toString();
    assertThat(name).contains(row.get(0));
    assertThat(name.contains("-rule.")).isEqualTo(row.get(2).startsWith("BN/γ rule"));
    assertThat(name.contains("-kaiming.")).isEqualTo(row.get(2).equals("Kaiming"));
    assertThat(row.get(EPOCHS)).isEqualTo(row.get(EPOCHS - 1));
    assertThat(row.get(SCALE)).isEqualTo("full");
    assertThat(Files.readString(file)).contains("The paper: %s %%".formatted(row.get(3)));
  }

  @ParameterizedTest
  @MethodSource("files")
  void aSmallRunIsMarked(Path file) throws IOException {
    List<String> row = filled(run(file, Scale.SMALL, 0.5)).get(0);
    assertThat(row.get(EPOCHS)).isEqualTo("8");
    assertThat(row.get(SCALE)).matches("reduced: width \\d+, 6000 examples");
  }

  @Test
  void allFilesTogetherFillAllCellsButThoseOfOtherMethods() throws IOException {
    List<TestResult> results = new ArrayList<>();
    for (Path file : files()) {
      results.add(run(file, Scale.FULL, 0.5));
    }
    List<List<String>> left = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (View.Titled titled : PaperTables.of(results).views()) {
      titled.table().rows().stream()
          .filter(row -> !row.get(OURS).equals("50.00"))
          .forEach(left::add);
      notes.add(titled.table().note());
    }
    assertThat(left)
        .extracting(row -> row.get(1) + ", " + row.get(2) + ": " + row.get(OURS))
        .containsExactly("Cut-MixMo + CutMix, Kaiming: not available");
    assertThat(notes.get(1)).contains("a network of two inputs");
  }

  @Test
  void runsOfAnotherLengthOrScaleAreNotAveragedTogether() throws IOException {
    Path file = Path.of("../conf/paper/table1-vgg-19-rule.conf");
    List<List<String>> rows =
        filled(
            run(file, Scale.SMALL, 0.4),
            run(file, Scale.FULL, 0.8, "training.epochs=30"),
            run(file, Scale.FULL, 0.9),
            run(file, Scale.FULL, 0.92));
    assertThat(rows)
        .extracting(row -> row.get(OURS) + " " + row.get(N) + " " + row.get(EPOCHS))
        .containsExactly("91.00 2 200", "80.00 1 30", "40.00 1 8");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "initialization.init-gamma=1",
        "initialization.init-gamma=auto",
        "initialization.rule=\"3/m\"",
        "initialization.rule=xavier"
      })
  void anotherGammaIsNotThePapersRule(String setting) throws IOException {
    Path file = Path.of("../conf/paper/table1-vgg-19-rule.conf");
    assertThat(filled(run(file, Scale.FULL, 0.9, setting))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "initialization.init-gamma=paper",
        "initialization.init-gamma=0.4",
        "initialization.rule=\"5/m\""
      })
  void thePapersGammaMayBeWrittenInAnyWay(String setting) throws IOException {
    Path file = Path.of("../conf/paper/table1-vgg-19-rule.conf");
    assertThat(filled(run(file, Scale.FULL, 0.9, setting))).hasSize(1);
  }
}
