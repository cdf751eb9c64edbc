package org.isonorm.spark.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.ModelState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Same seed, same bits, from one version to the next: checksums of what small runs leave behind.
 *
 * <p>They are of the plain reference kernels, which compute alike on every processor of one
 * architecture, classifier and all (a BLAS library takes another way on each); another architecture
 * may round exponentials otherwise.
 *
 * <p>To renew a value paste what the failure shows. That is legitimate where a change is meant to
 * change numbers, such as a corrected formula or another random stream, and CHANGELOG.md says so;
 * never for a change of structure or speed.
 */
class GoldenRunTest {
  /** Columns of metrics.csv that do not hold times. */
  private static final int WITHOUT_TIMES = 10;

  @TempDir static Path folder;

  private static String kernelBefore;

  @BeforeAll
  static void computeByTheReference() {
    assumeTrue(
        System.getProperty("os.arch").equals("amd64"), "the checksums are of another architecture");
    kernelBefore = System.setProperty(KernelProvider.PROPERTY, "reference");
  }

  @AfterAll
  static void computeAsBefore() {
    if (kernelBefore == null) {
      System.clearProperty(KernelProvider.PROPERTY);
    } else {
      System.setProperty(KernelProvider.PROPERTY, kernelBefore);
    }
  }

  private static IsonormConfig config(String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "data.path=" + folder.resolve("synthetic"),
                "data.synthetic.train-examples=48",
                "data.synthetic.test-examples=20",
                "data.validation-examples=16",
                "network.name=resnet-8",
                "network.width=4",
                "training.epochs=2",
                "training.global-batch-size=8"));
    settings.addAll(List.of(more));
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), settings));
  }

  @Tag("long")
  @Test
  void oneWorker() throws IOException {
    Path run = folder.resolve("one");
    IsonormConfig config = config("averaging.workers=1");
    TrainingJob.trainOnly(config, run, 2, LocalSpark.session(), 1, line -> {});
    assertThat(checksums(run))
        .isEqualTo(
            """
            initialization 4dd02c72289b41db5b693dff554abf86a2e5b3c5f6840740b72b58354bb379c6
            metrics        d3ab2e1b9748432c34c0b13d9443aed9470d6a8d188cfa02cdc3ac73d0a2de3e
            parameters     2a533888693e654454362cc6c818c9b5633cb4ff82f3730671fabfc21d801f9c
            velocity       14c644687bdec127b82fe05bc3bda03bf0f39b8aa8f290ccf02dd5e47120eba9
            average        none
            """);
  }

  @Test
  void twoWorkersThatAverageEveryOtherStepWithAugmentationAndTheRest() throws IOException {
    Path run = folder.resolve("two");
    IsonormConfig config =
        config(
            "averaging.workers=2",
            "averaging.frequency=2",
            "augmentation.auto-augment=true",
            "augmentation.cutout=8",
            "augmentation.mixing.method=mixup",
            "augmentation.label-smoothing=0.1",
            "optimizer.clip-norm=1",
            "optimizer.ema-decay=0.9",
            "optimizer.warmup-epochs=1");
    TrainingJob.trainOnly(config, run, 2, LocalSpark.session(), 1, line -> {});
    assertThat(checksums(run))
        .isEqualTo(
            """
            initialization 4dd02c72289b41db5b693dff554abf86a2e5b3c5f6840740b72b58354bb379c6
            metrics        8eb1a3fce61f6adc9d86b06dd850e2d4186eccab74c4daf42161c4940750a455
            parameters     51623e190398cf9a65cb216a7d4f539857374878dd4a640261d9ce15bb995bd4
            velocity       d065dbc0a467bcf42316e8c7f47a56c7070aae1287674025dded38afed6296e3
            average        ff9dff551669fe3540b012eaa6457649cdf3c44f382c6335f975dc56a9911553
            """);
  }

  @Tag("long")
  @Test
  void aTrialInOneTask() throws IOException {
    Path run = folder.resolve("trial");
    IsonormConfig config = config("averaging.workers=2", "run.seed=2");
    try (TrialTraining training = TrialTraining.inTasks(LocalSpark.session(), 1)) {
      training.prepare(config);
      training.inOneTask(config, run, 2);
    }
    assertThat(checksums(run))
        .isEqualTo(
            """
            initialization 5308d51d607d7a6c010198eda8794696e34e61a3f0984f020007de6a12cea025
            metrics        38dfdca5c59a2dd9b5564bf22a04aafe4673dc3555a77cc49dac2740096338fc
            parameters     a678435b8f060e314768ecc9b37665820436e670f8b7752254fdea74dda6651e
            velocity       46cf4653ed2c0174dfe2333de3816b52a484e2b3cb0dcef3e4370a93f5706c70
            average        none
            """);
  }

  /** A line for each thing that a run leaves behind, times aside. */
  private static String checksums(Path run) throws IOException {
    ModelState model = Checkpoint.load(run.resolve("checkpoints/last.zip")).model();
    String metrics =
        Files.readAllLines(run.resolve("metrics.csv")).stream()
            .map(line -> String.join(",", List.of(line.split(",", -1)).subList(0, WITHOUT_TIMES)))
            .collect(Collectors.joining("\n"));
    return String.join(
        "\n",
        "initialization " + sha256(Files.readAllBytes(run.resolve("initialization.csv"))),
        "metrics        " + sha256(metrics.getBytes(UTF_8)),
        "parameters     " + sha256(model.parameters()),
        "velocity       " + sha256(model.velocity()),
        "average        " + (model.average() == null ? "none" : sha256(model.average())),
        "");
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
