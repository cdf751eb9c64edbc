package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.isonorm.spark.cli.Outcome.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.probe.ProbedRun;
import org.isonorm.spark.run.ProbeRow;
import org.isonorm.spark.run.RunFolder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeCommandTest {
  /** γ is rounded to three digits. */
  private static final double DIGITS = .01;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "--share 0 ~ Invalid --share: 0.0 (must be in (0, 1])",
        "--set averaging.engine=dl4j ~ Invalid averaging.engine: dl4j (must be isonorm to be probed)",
        "--set optimizer.method=muon ~ Invalid optimizer.method: muon (must be sgd, of whose equilibrium a probe knows)",
        "--set optimizer.method=sgdp ~ Invalid optimizer.method: sgdp (must be sgd, of whose equilibrium a probe knows)",
        "--set optimizer.decoupled=true ~ Invalid optimizer.decoupled: true (must be false: a probe looks for the rate of a step)",
        "--set optimizer.method=adamw ~ Invalid optimizer.method: adamw (must be sgd, of whose equilibrium a probe knows)",
        "--set optimizer.fixed-norm=true ~ Invalid optimizer.fixed-norm: true (must be false: kept norms do not come to the equilibrium that a probe starts in)",
        "--set optimizer.frozen=[stem] ~ Invalid optimizer.frozen: [stem] (must be []: a probe measures the sharpness of a network that is trained whole)",
        "--set initialization.from=x ~ Invalid initialization.from: x (must be \"\": a probe looks for the gamma of weights drawn by the rule)",
        "--set initialization.rule=lsuv ~ Invalid initialization.rule: lsuv (must be bn-gamma, whose gamma a probe looks for)",
        "--set optimizer.weight-decay=0 ~ Invalid initialization.init-gamma: equilibrium-global (must be a number without weight decay: norms then grow for ever; or set optimizer.weight-decay)",
      })
  void whatHasNoEquilibriumIsRefusedInOneSentence(String arguments, String sentence) {
    assertThat(run("probe --output " + folder.resolve("probe") + " " + arguments))
        .isEqualTo(new Outcome(2, "", "isonorm: " + sentence + "\n"));
    assertThat(folder.resolve("probe")).doesNotExist();
  }

  @Tag("long")
  @Test
  void aConfigurationIsFoundThatTrains() throws IOException {
    Path data = folder.resolve("data");
    Path probe = folder.resolve("probe");
    Path config =
        Files.writeString(
            folder.resolve("tiny.conf"),
            """
            run.output = "%s"
            data { path = "%s", validation-examples = 40 }
            network { name = resnet-8, width = 4 }
            # 4 steps an epoch.
            training { epochs = 50, global-batch-size = 20, threads-per-worker = 1 }
            optimizer { weight-decay = 1e-3, schedule = step, step-epochs = [40], warmup-epochs = 5 }
            """
                .formatted(folder.resolve("run"), data));
    assertThat(
            run("ingest --dataset synthetic --train-examples 120 --test-examples 20 --out " + data)
                .exitCode())
        .isZero();
    String command = "probe --config %s --output %s ".formatted(config, probe);

    Outcome little = run(command);

    assertThat(little.exitCode()).isEqualTo(2);
    assertThat(little.err())
        .isEqualTo(
            "isonorm: Invalid --share: 0.03 of the training's 200 steps is less than the 103 that the"
                + " shortest probe takes (must be at least 0.52 for this configuration)\n");
    assertThat(probe).doesNotExist();

    Outcome found = run(command + "--share 0.6 --json");

    assertThat(found.exitCode()).as(found.err()).isZero();
    JsonNode json = new ObjectMapper().readTree(found.out());
    List<ProbeRow> runs = ProbeRow.TABLE.read(probe.resolve("probe.csv"), "seed");
    double rate = json.get("learningRate").asDouble();
    double gamma = json.get("initGamma").asDouble();
    assertThat(runs).hasSizeBetween(6, 10).hasSize(json.get("runs").size());
    assertThat(json.get("cost").asDouble()).isBetween(.3, .6);
    // The best of the short runs was tried twice, with the lowest mean of those.
    double brief = json.get("shortRunRate").asDouble();
    assertThat(runs.stream().filter(row -> row.learningRate() == brief)).hasSize(2);
    // Four steps for 200: 50^-.4 of it remains, in two digits.
    assertThat(rate / brief).isCloseTo(.209, withinPercentage(5));
    double mean = mean(runs, brief);
    runs.stream()
        .filter(row -> row.seed() == 2 && row.validationLoss() != null)
        .forEach(row -> assertThat(mean(runs, row.learningRate())).isGreaterThanOrEqualTo(mean));
    // Every γ is that of its rate's equilibrium, the configuration's included.
    Outcome equilibrium =
        run(
            "init --json --init-gamma equilibrium-global --config %s --set optimizer.learning-rate=%s"
                .formatted(config, rate));
    assertThat(new ObjectMapper().readTree(equilibrium.out()).get("initGamma").asDouble() / gamma)
        .isCloseTo(1, within(DIGITS));
    runs.forEach(
        row ->
            assertThat(row.initGamma() * Math.sqrt(row.learningRate() / rate) / gamma)
                .isCloseTo(1, within(DIGITS)));
    assertThat(json.get("why").asText())
        .startsWith("Of ")
        .contains(" rates a factor of two apart around the largest stable one (", ", each from its")
        .endsWith(
            " The training has 50 times as many steps, for which %s is what is left of it."
                .formatted(rate));
    assertThat(found.err()).contains("Equilibrium gamma at learning rate 0.1", "Sharpness of that");
    assertThat(probe.resolve("probe.png")).isNotEmptyFile();
    Path first = probe.resolve("runs").resolve("learning-rate-%s-seed-1".formatted(brief));
    assertThat(first).isDirectoryContaining("glob:**/metrics.csv");
    // Running statistics follow within a few steps, in the short runs alone.
    assertThat(configOf(first).network().statisticsRate()).isEqualTo(.3);

    // What it leaves is the configuration with these two, and can be trained with.
    IsonormConfig asked = IsonormConfig.load(Optional.of(config), List.of());
    assertThat(IsonormConfig.load(Optional.of(probe.resolve("probe.conf")), List.of()))
        .isEqualTo(
            asked.with(
                List.of(
                    Setting.parse("optimizer.learning-rate=" + rate),
                    Setting.parse("initialization.init-gamma=" + gamma))));
    assertThat(run(command).err()).startsWith("isonorm: Invalid output: ").hasLineCount(1);
    aRunBeginsWithAProbe(config, brief);
  }

  /**
   * As many steps for the same short runs as the probe by itself had, in fewer epochs.
   *
   * @param brief the best rate of that probe's short runs
   */
  private void aRunBeginsWithAProbe(Path config, double brief) throws IOException {
    Path run = folder.resolve("run");
    String shorter =
        " --config %s --output %s --set training.epochs=30 --set optimizer.warmup-epochs=3 --set optimizer.step-epochs=[25]"
            .formatted(config, run);
    IsonormConfig asked =
        IsonormConfig.load(
            Optional.of(config),
            List.of(
                "run.output=" + run,
                "training.epochs=30",
                "optimizer.warmup-epochs=3",
                "optimizer.step-epochs=[25]"));

    assertThat(run("train --share 0.5" + shorter))
        .isEqualTo(
            new Outcome(
                2,
                "",
                "isonorm: Missing --probe, which --share is for; see isonorm train --help\n"));
    Outcome refused = run("train --probe --set optimizer.method=muon" + shorter);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .isEqualTo(
            "isonorm: Invalid optimizer.method: muon (must be sgd, of whose equilibrium a probe knows)\n");
    assertThat(run("train --probe" + shorter).err())
        .startsWith("isonorm: Invalid --share: 0.03 of the training's 120 steps is less than the");
    assertThat(run).doesNotExist();

    Outcome trained = run("train --probe --share 1" + shorter);

    assertThat(trained.exitCode()).as(trained.err()).isZero();
    JsonNode json = new ObjectMapper().readTree(run.resolve("probe/probe.json").toFile());
    double rate = json.get("learningRate").asDouble();
    double gamma = json.get("initGamma").asDouble();
    assertThat(json.get("shortRunRate").asDouble()).isEqualTo(brief);
    // 30^-.4 of it remains.
    assertThat(rate / brief).isCloseTo(.257, withinPercentage(5));
    String note =
        "Learning rate %s and gamma %s were found by a probe, see probe/probe.json."
            .formatted(rate, gamma);
    IsonormConfig found =
        asked.with(
            List.of(
                Setting.parse("optimizer.learning-rate=" + rate),
                Setting.parse("initialization.init-gamma=" + gamma),
                Setting.parse("run.note=" + note)));
    assertThat(configOf(run)).isEqualTo(found);
    assertThat(trained.out()).contains(note);
    assertThat(run.resolve("report.html")).content().contains(note);
    assertThat(run.resolve("probe/probe.png")).isNotEmptyFile();
    assertThat(run("runs " + folder).out()).contains("run ").doesNotContain("run/probe");

    // Stopped at the end of the training: the probe is not made again, whichever way it is asked.
    Files.delete(run.resolve("evaluation.json"));
    Outcome resumed = run("train --resume" + shorter);
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("Resuming ").doesNotContain("Equilibrium gamma at");
    assertThat(run("train --resume --probe --output " + run).err()).contains(" is finished: ");
    assertThat(run("train --resume --set optimizer.learning-rate=7" + shorter).err())
        .startsWith("isonorm: Invalid --resume: optimizer.learning-rate is 7");

    // Stopped between the probe and the training.
    Files.delete(run.resolve("evaluation.json"));
    RunFolder files = new RunFolder(run);
    files.dropLastCheckpoints();
    files.writeConfig(asked.render());
    assertThat(new ProbedRun(run).resumed(asked)).isEqualTo(found);
    assertThat(configOf(run)).isEqualTo(found);

    // Stopped in the probe: it is made again, with the share it had.
    files.writeConfig(asked.render());
    Files.delete(run.resolve("probe/probe.json"));
    Files.writeString(run.resolve("probe-request.json"), "{\"share\": 0.07}");
    assertThat(run("train --resume --output " + run).err())
        .contains("isonorm: Invalid --share: 0.07 of the training's 120 steps is less than the");
    assertThat(run.resolve("probe")).isEmptyDirectory();

    Files.delete(run.resolve("probe-request.json"));
    assertThat(run("train --resume --probe --output " + run))
        .isEqualTo(
            new Outcome(
                2,
                "",
                "isonorm: Invalid --probe: %s was begun without one (leave --probe out, or choose another --output)\n"
                    .formatted(run)));
  }

  private static IsonormConfig configOf(Path run) {
    return IsonormConfig.load(Optional.of(run.resolve("config.conf")), List.of());
  }

  private static double mean(List<ProbeRow> runs, double rate) {
    return runs.stream()
        .filter(row -> row.learningRate() == rate)
        .mapToDouble(ProbeRow::lossOrInfinite)
        .average()
        .orElseThrow();
  }
}
