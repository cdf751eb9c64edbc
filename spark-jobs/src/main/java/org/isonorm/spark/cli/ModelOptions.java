package org.isonorm.spark.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.init.NearestName;
import org.isonorm.spark.run.RunFolder;
import picocli.CommandLine.Option;

/** Where a model is, for commands that need nothing but a model. */
final class ModelOptions {
  @Option(names = "--run", paramLabel = "DIR", description = "Folder of a run: its model.")
  private Path run;

  @Option(names = "--model", paramLabel = "FILE", description = "The model.zip of a run.")
  private Path file;

  /**
   * The run, if one is named.
   *
   * @throws IllegalArgumentException if it is none
   */
  Optional<RunFolder> run() {
    return Optional.ofNullable(run).map(RunFolder::open);
  }

  /**
   * The views of a name.
   *
   * @throws IllegalArgumentException with the nearest one, if there is none
   */
  static TestTimeAugmentation augmentation(String name) {
    return NearestName.find(
        "--test-time-augmentation",
        name,
        List.of(TestTimeAugmentation.values()),
        TestTimeAugmentation::label);
  }

  /**
   * The model's file.
   *
   * @throws IllegalArgumentException if the run is none or has no model yet
   */
  Path file() {
    return run().map(RunFolder::trainedModel).orElse(file);
  }
}
