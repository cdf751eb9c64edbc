package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.isonorm.spark.cli.Outcome.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.isonorm.spark.bench.FakePython;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeToAccuracyCommandTest {
  private static final String COMMAND = "bench --time-to-accuracy ";

  @TempDir private Path folder;

  @Tag("long")
  @Test
  void trainsHereAndInPyTorchOnTheSameImages() throws IOException {
    Path data = folder.resolve("data");
    assertThat(
            run("ingest --dataset synthetic --train-examples 60 --test-examples 20 --out " + data)
                .exitCode())
        .isZero();
    // Ends with an error where it is given other numbers of images.
    Path python =
        FakePython.write(
            folder.resolve("python"),
            "2.15.0",
            """
            size() { test "$(wc -c < "$1")" = $((3073 * $2)) || exit 3; }
            size "$2/data_batch_1.bin" 32
            size "$2/validation_batch.bin" 20
            size "$2/test_batch.bin" 20
            shift 2
            echo "$*" > %s
            echo "epoch 1 loss 2.2 seconds 5.5 validation 0.4"
            echo "epoch 2 loss 2.1 seconds 11.5 validation 0.5"
            echo "seed 7 accuracy 0.45 augmented 0.55 seconds 11.5"
            """
                .formatted(folder.resolve("arguments")));

    Outcome outcome =
        run(
            COMMAND
                + "--json --target .45 --images 32 --epochs 2 --set run.seed=7"
                + " --set data.dataset=synthetic --set data.validation-examples=20"
                + " --set training.global-batch-size=32 --set training.threads-per-worker=1"
                + " --set data.path="
                + data
                + " --python="
                + python);

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("missingPeers")).isEmpty();
    assertThat(result.get("trainingExamples").asInt()).isEqualTo(32);
    JsonNode own = result.get("runs").get(0);
    assertThat(own.get("seed").asInt()).isEqualTo(7);
    assertThat(own.get("validations")).hasSize(2);
    double last = own.get("trainingSeconds").asDouble();
    assertThat(own.get("validations").get(1).get("trainingSeconds").asDouble()).isEqualTo(last);
    assertThat(own.get("seconds").asDouble()).isGreaterThan(last);
    assertThat(own.get("augmentedAccuracy").asDouble()).isBetween(0., 1.);
    JsonNode torch = result.get("engines").get(1);
    assertThat(torch)
        .hasToString(
            "{\"name\":\"PyTorch 2.15.0\",\"n\":1,\"accuracy\":0.45,\"augmentedAccuracy\":0.55,"
                + "\"reached\":1,\"secondsToTarget\":11.5,\"trainingSeconds\":11.5,\"seconds\":"
                + torch.get("seconds").asText()
                + "}");
    assertThat(Files.readString(folder.resolve("arguments")))
        .startsWith(
            "--recipe 94 --width 0 --precision float32 --batch 32 --epochs 2 --first-seed 7 --threads 1 --mean ");
    assertThat(outcome.err())
        .contains("PyTorch 2.15.0, seed 7: epoch 2 loss 2.1 seconds 11.5 validation 0.5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "--peers ~ Invalid --time-to-accuracy: goes with none of --sync, --inference and --peers (PyTorch is"
            + " beside it without being named); see isonorm bench --help",
        "--target 94 ~ Invalid target: 94.0 (must be in (0, 1], as .94)",
        "--seeds 0 ~ Invalid seeds: 0 (must be >= 1)",
        "--epochs 0 ~ Invalid training.epochs: 0 (must be >= 1) in --epochs",
        "--network fast-93 ~ Invalid recipe: fast-93 (did you mean fast-94? valid: fast-94, fast-95,"
            + " fast-96)",
      })
  void badUsageIsOneSentenceAndExitCodeTwo(String options, String sentence) {
    assertThat(run(COMMAND + options)).isEqualTo(new Outcome(2, "", "isonorm: " + sentence + "\n"));
  }
}
