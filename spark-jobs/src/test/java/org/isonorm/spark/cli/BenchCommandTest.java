package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.benchmark.StepPart;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.parameters.ParameterGroups.Group;
import org.isonorm.spark.bench.FakePython;
import org.isonorm.spark.bench.SyncSettings;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
  private static final String SMALL =
      "bench --network resnet-8 --set network.width=4 --batch 4 --warm-up 10 --rounds 3 --steps 2";

  /** Sums of a dozen doubles of one size. */
  private static final double ROUNDING = 1e-12;

  @TempDir private Path folder;

  private record Outcome(int exitCode, String out, String err) {}

  @Test
  void printsOneJsonObjectWhosePartsSumToTheStep() throws IOException {
    Outcome outcome = run(SMALL + " --json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out()).hasLineCount(1);
    assertThat(outcome.err()).contains("Warming up: 10 steps", "Round 3 of 3: ");
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(names(result))
        .containsExactly(
            "task",
            "network",
            "width",
            "classes",
            "imageHeight",
            "imageWidth",
            "batch",
            "workers",
            "threads",
            "cores",
            "kernel",
            "precision",
            "warmUpSteps",
            "rounds",
            "stepsPerRound",
            "imagesPerSecond",
            "secondsPerStep",
            "fastestSecondsPerStep",
            "slowestSecondsPerStep",
            "breakdownSecondsPerStep",
            "primitivesSecondsPerStep",
            "stepToPrimitives",
            "peers",
            "missingPeers",
            "notes");
    assertThat(result.get("network").asText()).isEqualTo("resnet-8");
    assertThat(result.get("kernel").asText()).isEqualTo("onednn");
    double step = result.get("secondsPerStep").asDouble();
    assertThat(result.get("imagesPerSecond").asDouble()).isCloseTo(4 / step, within(1e-6));
    assertThat(result.get("fastestSecondsPerStep").asDouble()).isLessThanOrEqualTo(step);
    assertThat(result.get("slowestSecondsPerStep").asDouble()).isGreaterThanOrEqualTo(step);
    JsonNode parts = result.get("breakdownSecondsPerStep");
    assertThat(names(parts))
        .hasSize(StepPart.values().length)
        .contains("convolutionForward", "lossHead", "optimizer", "everythingElse");
    double sum = 0;
    double primitives = 0;
    for (StepPart part : StepPart.values()) {
      double seconds = parts.get(part.label()).asDouble();
      assertThat(seconds).as(part.label()).isNotNegative();
      sum += seconds;
      primitives += part.isPrimitive() ? seconds : 0;
    }
    assertThat(sum).isCloseTo(step, within(ROUNDING));
    assertThat(result.get("primitivesSecondsPerStep").asDouble())
        .isCloseTo(primitives, within(ROUNDING));
    assertThat(primitives).isPositive();
    assertThat(result.get("stepToPrimitives").asDouble())
        .isCloseTo(step / primitives, withinPercentage(ROUNDING));
    assertThat(result.get("peers")).isEmpty();
    assertThat(result.get("missingPeers")).isEmpty();
  }

  @Test
  void timesAveragingRounds() throws IOException {
    LocalSpark.stop();
    Outcome outcome =
        run(
            "bench --sync --sync-master local[2] --sync-workers 2 --network resnet-8 --warm-up 2"
                + " --rounds 1 --json --set network.width=4 --set averaging.transport=bf16");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("local[2], resnet-8, isonorm, bf16: ");
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("workers").asInt()).isEqualTo(2);
    assertThat(result.get("rounds").asInt()).isEqualTo(1);
    assertThat(result.get("rows"))
        .extracting(row -> row.get("network").asText())
        .containsExactly("resnet-8");
    for (JsonNode row : result.get("rows")) {
      assertThat(row.get("master").asText()).isEqualTo("local[2]");
      assertThat(row.get("engine").asText()).isEqualTo("isonorm, bf16");
      long parameters = row.get("parameters").asLong();
      ComputationGraph graph = Networks.build(NetworkDefinition.of("resnet-8").withWidth(4));
      assertThat(parameters).isEqualTo(graph.numParams());
      long statistics =
          ParameterGroups.of(graph).runs().stream()
              .filter(
                  run ->
                      run.group() == Group.RUNNING_MEANS || run.group() == Group.RUNNING_VARIANCES)
              .mapToLong(run -> run.to() - run.from())
              .sum();
      // Parameters and momentum, two bytes each; running statistics stay float32.
      assertThat(row.get("stateBytes").asLong())
          .isEqualTo(2 * 2 * parameters + Float.BYTES * statistics);
      double wall = row.get("wallSeconds").asDouble();
      double sync = row.get("syncSeconds").asDouble();
      double compute = row.get("computeSeconds").asDouble();
      assertThat(compute).isPositive();
      assertThat(sync).isNotNegative().isLessThanOrEqualTo(wall - compute + ROUNDING);
    }
  }

  @Test
  void averagingRoundsAreTimedForASmallAndALargeNetwork() {
    assertThat(SyncSettings.SMALL_AND_LARGE)
        .extracting(NetworkDefinition::name)
        .containsExactly("resnet-20", "vgg-19");
    assertThat(SyncSettings.SMALL_AND_LARGE)
        .extracting(definition -> Networks.build(definition).numParams())
        .containsExactly(271_290L, 20_046_026L);
  }

  @Tag("long")
  @Test
  void workersTrainSideBySide() throws IOException {
    Outcome outcome = run(SMALL + " --workers 2 --threads 1 --kernel nd4j --json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("workers").asInt()).isEqualTo(2);
    assertThat(result.get("kernel").asText()).isEqualTo("nd4j");
    assertThat(result.get("imagesPerSecond").asDouble())
        .isCloseTo(2 * 4 / result.get("secondsPerStep").asDouble(), within(1e-6));
    assertThat(result.get("breakdownSecondsPerStep").get("convolutionGradients").asDouble())
        .isPositive();
  }

  @Tag("long")
  @Test
  void printsTablesForPeople() {
    Outcome outcome = run(SMALL + " --kernel reference --threads 1");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out().lines()).first().asString().matches("part of a step +ms +share");
    assertThat(outcome.out())
        .contains("\nbatch normalization backward ")
        .doesNotContain("pooling backward   0.00");
    assertThat(outcome.out().lines().toList())
        .last()
        .asString()
        .startsWith(
            "training of resnet-8, 1 x 4 images of 32 x 32 on 1 x 1 threads, reference kernels, float32: ");
  }

  @Tag("long")
  @Test
  void timesImagesOfAnotherSize() throws IOException {
    Outcome outcome =
        run(
            "bench --network resnet-18-imagenet --image-size 64 --set network.width=4 --batch 1"
                + " --warm-up 10 --rounds 1 --steps 1 --json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("imageHeight").asInt()).isEqualTo(64);
    assertThat(result.get("imageWidth").asInt()).isEqualTo(64);
    assertThat(run("bench --network resnet-18-imagenet --image-size 63"))
        .isEqualTo(
            new Outcome(
                2,
                "",
                "isonorm: Invalid image height: 63 (must be >= 64 for resnet-18-imagenet; resnet-D, resnet-34 and wrn-D-K take smaller images)\n"));
  }

  @Test
  void timesInference() throws IOException {
    Outcome outcome = run(SMALL + " --inference --json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("task").asText()).isEqualTo("inference");
    JsonNode parts = result.get("breakdownSecondsPerStep");
    assertThat(parts.get("convolutionForward").asDouble()).isPositive();
    assertThat(parts.get("convolutionWeightsGradient").asDouble()).isZero();
    assertThat(parts.get("optimizer").asDouble()).isZero();
  }

  @Tag("long")
  @Test
  void winogradsConvolutionsAreComparedWithDirectOnes() throws IOException {
    Outcome outcome = run(SMALL + " --peers=direct --json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("kernel").asText()).isEqualTo("onednn");
    assertThat(result.get("peers")).hasSize(1);
    assertThat(result.get("peers").get(0).get("name").asText()).isEqualTo("isonorm direct");
  }

  @Tag("long")
  @Test
  void frozenLayersAreComparedWithTrainingThemAll() throws IOException {
    Outcome outcome = run(SMALL + " --set optimizer.frozen=[\"st*\"] --peers=unfrozen --json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("breakdownSecondsPerStep").get("convolutionWeightsGradient").asDouble())
        .isZero();
    assertThat(result.get("peers").get(0).get("name").asText()).isEqualTo("isonorm unfrozen");
  }

  @Tag("long")
  @Test
  void peersThatFailAreSaidToBeMissingAndTheOthersTimed() throws IOException {
    long parameters =
        Networks.topology(NetworkDefinition.of("resnet-8").withWidth(4)).trainedParameters();
    Path python =
        FakePython.write(
            folder.resolve("python"),
            "2.15.0",
            """
            case "$*" in
              *--compile*) echo "Cannot compile: there is no C++ compiler g++" ;;
              *bf16*) echo "ready 2.15.0 %1$d"; read steps; echo .002 ;;
              *) echo "ready 2.15.0 %1$d"; while read steps; do echo .004; done ;;
            esac
            """
                .formatted(parameters));

    Outcome outcome = run(SMALL + " --peers --json --python=" + python);

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("peers"))
        .extracting(peer -> peer.get("name").asText())
        .containsExactly("stock DL4J", "PyTorch 2.15.0 eager");
    for (JsonNode peer : result.get("peers")) {
      assertThat(names(peer))
          .containsExactly(
              "name", "precision", "stepsPerRound", "imagesPerSecond", "secondsPerStep", "speedup");
      assertThat(peer.get("precision").asText()).isEqualTo("float32");
      assertThat(peer.get("speedup").asDouble())
          .isCloseTo(
              result.get("imagesPerSecond").asDouble() / peer.get("imagesPerSecond").asDouble(),
              within(1e-6));
    }
    assertThat(result.get("peers").get(1).get("secondsPerStep").asDouble()).isEqualTo(.004);
    assertThat(result.get("peers").get(1).get("imagesPerSecond").asDouble()).isEqualTo(1000);
    assertThat(result.get("missingPeers"))
        .extracting(
            missing ->
                String.join(
                    " | ",
                    missing.get("name").asText(),
                    missing.get("precision").asText(),
                    missing.get("reason").asText()))
        .containsExactly(
            "PyTorch 2.15.0 compiled | float32 | Cannot compile: there is no C++ compiler g++",
            "PyTorch 2.15.0 compiled | bf16 | Cannot compile: there is no C++ compiler g++",
            "PyTorch 2.15.0 eager | bf16 | Cannot time PyTorch: its process has ended (its own"
                + " messages are above)");
    assertThat(result.get("notes").get(0).asText())
        .startsWith("PyTorch 2.15.0 of " + python + ": channels-last, ");
  }

  @Tag("long")
  @Test
  void aPeerThatIsNotThereHasARowThatSaysSo() {
    Path none = folder.resolve("none");

    Outcome outcome = run(SMALL + " --peers=pytorch --python=" + none);

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .containsPattern("\nengine +precision +images/s +ms a step +isonorm's speed\n")
        .containsPattern("\nisonorm +float32 +[\\d,.]+ +[\\d.]+\n")
        .containsPattern(
            "\nPyTorch +float32 +- +- +- +Cannot find PyTorch in %s \\(".formatted(none));

    outcome = run(SMALL + " --peers=djl --djl=" + none);

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .containsPattern(
            "\nDJL +float32 +- +- +- +Cannot find DJL's jars in %s \\(mvn ".formatted(none));
  }

  /** A jar of the name and with the class of bench/djl, but without DJL. */
  @Tag("long")
  @Test
  void djlIsTimedInAProcessOfItsOwn() throws IOException {
    long parameters =
        Networks.topology(NetworkDefinition.of("resnet-8").withWidth(4)).trainedParameters();
    Path source =
        Files.createDirectories(folder.resolve("org/isonorm/djl")).resolve("DjlStep.java");
    Files.writeString(
        source,
        """
        package org.isonorm.djl;
        public class DjlStep {
          public static void main(String[] arguments) {
            if (!String.join(" ", arguments).contains("--family resnet --depth 8 --width 4 ")) {
              System.out.println("Cannot understand " + String.join(" ", arguments));
              return;
            }
            System.out.println("ready 0.36.0-pytorch-2.7.1 %d");
            java.util.Scanner steps = new java.util.Scanner(System.in);
            while (steps.hasNextInt()) {
              steps.nextInt();
              System.out.println(.004);
            }
          }
        }
        """
            .formatted(parameters));
    assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()))
        .isZero();
    try (JarOutputStream jar =
        new JarOutputStream(Files.newOutputStream(folder.resolve("isonorm-djl.jar")))) {
      jar.putNextEntry(new JarEntry("org/isonorm/djl/DjlStep.class"));
      jar.write(Files.readAllBytes(source.resolveSibling("DjlStep.class")));
    }

    Outcome outcome = run(SMALL + " --peers=djl --json --djl=" + folder);

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.get("missingPeers")).isEmpty();
    assertThat(result.get("peers").get(0).get("name").asText())
        .isEqualTo("DJL 0.36.0-pytorch-2.7.1");
    assertThat(result.get("peers").get(0).get("secondsPerStep").asDouble()).isEqualTo(.004);
    assertThat(result.get("notes").get(0).asText()).startsWith("DJL of " + folder + ": ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "--kernel cudnn ~ Invalid kernel: cudnn (did you mean onednn? valid: onednn, onednn-direct,"
            + " nd4j, reference)",
        "--batch 0 ~ Invalid batch: 0 (must be >= 1)",
        "--workers 0 ~ Invalid workers: 0 (must be >= 1)",
        "--threads 0 ~ Invalid threads: 0 (must be >= 1)",
        "--warm-up 9 ~ Invalid warm-up: 9 (must be >= 10)",
        "--set optimizer.frozen=[stm] ~ Invalid optimizer.frozen: stm matches no layer of resnet-20"
            + " (did you mean stem? isonorm init lists them)",
        "--sync --warm-up 0 ~ Invalid warm-up: 0 (must be >= 1)",
        "--inference --precision bf16 ~ Invalid precision: bf16 (inference computes in float32)",
        "--rounds 0 ~ Invalid rounds: 0 (must be >= 1)",
        "--steps 0 ~ Invalid steps: 0 (must be >= 1)",
      })
  void badUsageIsOneSentenceAndExitCodeTwo(String options, String sentence) {
    assertThat(run("bench " + options))
        .isEqualTo(new Outcome(2, "", "isonorm: " + sentence + "\n"));
  }

  @Test
  void anUnknownNetworkIsBadUsageThatOffersTheNearest() {
    Outcome outcome = run("bench --network vgg-18");

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err())
        .startsWith("isonorm: Invalid network.name: vgg-18 (did you mean vgg-1")
        .endsWith(" in --network\n")
        .hasLineCount(1);
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static Outcome run(String arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        CommandLineInterface.run(new PrintWriter(out), new PrintWriter(err), arguments.split(" "));
    return new Outcome(exitCode, out.toString(), err.toString());
  }
}
