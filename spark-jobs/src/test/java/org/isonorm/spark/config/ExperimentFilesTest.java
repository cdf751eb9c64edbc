package org.isonorm.spark.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExperimentFilesTest {
  private static final Path CONF = Path.of("../conf");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(CONF);
        Stream<Path> fast = Files.list(CONF.resolve("fast"))) {
      return Stream.concat(files, fast)
          .filter(file -> file.toString().endsWith(".conf"))
          .sorted()
          .toList();
    }
  }

  static List<Path> experiments() throws IOException {
    return files().stream().filter(file -> !file.endsWith("base.conf")).toList();
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyFileLoads(Path file) {
    IsonormConfig config = IsonormConfig.load(Optional.of(file), List.of());

    assertThat(config.networkDefinition().classes()).isEqualTo(config.data().classes());
  }

  @ParameterizedTest
  @MethodSource("experiments")
  void everyExperimentIsNamedAfterItsFileAndOpensWithItsCommand(Path file) throws IOException {
    String name = file.getFileName().toString().replace(".conf", "");
    String path = "conf/" + CONF.relativize(file);

    assertThat(IsonormConfig.load(Optional.of(file), List.of()).run().name()).isEqualTo(name);
    assertThat(Files.readAllLines(file))
        .anyMatch(
            line -> line.matches("#\\s+bin/isonorm (train|grid) --config " + Pattern.quote(path)));
  }

  @Test
  void theDefaultsInTheJarAreTheDocumentedOnes() {
    assertThat(IsonormConfig.load(Optional.of(CONF.resolve("base.conf")), List.of()))
        .isEqualTo(IsonormConfig.load(Optional.empty(), List.of()));
  }
}
