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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Same seed, same bits, from one version to the next: checksums of what small runs leave behind.
 *
 * <p>They are of the plain reference kernels, which compute alike on every processor of one
 * architecture; another one may round exponentials otherwise.
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

  @Test
  void oneWorker() throws IOException {
    Path run = folder.resolve("one");
    IsonormConfig config = config("averaging.workers=1");
    TrainingJob.trainOnly(config, run, 2, LocalSpark.session(), 1, line -> {});
    assertThat(checksums(run))
        .isEqualTo(
            """
            initialization 4dd02c72289b41db5b693dff554abf86a2e5b3c5f6840740b72b58354bb379c6
            metrics        5614fac87b23e42a7355acb7249ad675df6bb294788806eb653a4c26af4665b3
            parameters     5c6321a686e9048b5aca392343d93ddb7e1b4956cda859e169213c25ba3fb9d5
            velocity       db4f00e752b50d90da385135b2b52f54ac590f27577dce4eb4cf5efe0d7887a1
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
            metrics        b1202557523a762919c10568b25cfaca1b0177df788fd4b5fc60bec112344794
            parameters     c647628b3122ec0b4999c0c7d467b2a15412674c0749cf6dfb7f7344ac94df10
            velocity       0b0ac731a841443e36f3da2330f3295889beb3641f4d0a94771da80e0d82f86a
            average        07a35d2ef59bbf15ab446135f9e72b16be440e7182bd5c223eb7f835e957e285
            """);
  }

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
            metrics        de3b6ee53fd7c9d5aa9122dbc4bab45a265476dd6f9ad49e2de01be4dc2af07b
            parameters     1048cd429999554c8616c10b68db9d0c8abb51866d9112ed1db8aa7d4ef518ab
            velocity       a8922313f26483d19395365dfce518bfcb6ac586711666e0830e564c50e1c324
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
