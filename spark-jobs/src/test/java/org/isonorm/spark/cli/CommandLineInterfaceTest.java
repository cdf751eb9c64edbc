package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.isonorm.spark.cli.Outcome.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.isonorm.data.source.Fetcher;
import org.isonorm.init.InitializationRule;
import org.isonorm.init.TuningMethod;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.SyntheticConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineInterfaceTest {
  /** A network and tuning that take no time. */
  private static final String SMALL =
      "--set network.width=4 --set data.validation-examples=2 --set initialization.tuning={iterations=2,batch-size=8}";

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "trian ~ Unknown command trian (did you mean train?); see isonorm --help",
        "trian --help ~ Unknown command trian (did you mean train?); see isonorm --help",
        "train more --help ~ Unknown argument more; see isonorm train --help",
        "frobnicate ~ Unknown command frobnicate (valid: fetch, ingest, augment, init, train, probe, grid, evaluate, predict, export, report, runs, bench, plan, cluster); see isonorm --help",
        "train --frobnicate x ~ Unknown option --frobnicate; see isonorm train --help",
        "train --confg x ~ Unknown option --confg (did you mean --config?); see isonorm train --help",
        "train more ~ Unknown argument more; see isonorm train --help",
        "train --config ~ Missing required parameter for option '--config' (FILE); see isonorm train --help",
        "train --config conf/nope.conf ~ Cannot read config conf/nope.conf: no such file",
        "train --set averaging.workers=0 ~ Invalid averaging.workers: 0 (must be >= 1) in --set",
        "train --set averaging.worker=2 ~ Unknown key 'averaging.worker' in --set (did you mean 'averaging.workers'?)",
        "train --resume ~ Missing --output DIR or --config FILE, which --resume goes on with; see isonorm train --help",
        "train --resume --output nope ~ Invalid --resume: nope (no such folder; begin without --resume)",
        "train --resume --output src ~ Invalid --resume: src is not a run's folder (it has no config.conf)",
        "evaluate ~ Missing required argument (specify one of these): (--run=DIR | --model=FILE); see isonorm evaluate --help",
        "evaluate --model m.zip ~ Missing --data DIR, the data set to evaluate --model on; see isonorm evaluate --help",
        "predict --input x --out y ~ Missing required argument (specify one of these): (--run=DIR | --model=FILE); see isonorm predict --help",
        "export --run x ~ Missing required option: '--out=FILE'; see isonorm export --help",
        "export --run x --out y.pt ~ Invalid --out: y.pt (must end in .onnx or .safetensors, or say --format)",
        "export --run x --out y --format onyx ~ Invalid --format: onyx (did you mean onnx? valid: onnx, safetensors)",
        "export --run . --out y.onnx ~ Invalid run folder: . (it has no config.conf; give the folder that a training run wrote)",
        "export --run x --out y.onnx --input pixel ~ Invalid --input: pixel (did you mean pixels? valid: pixels, normalized)",
        "predict --model m.zip --input x --out y --top 0 ~ Invalid --top: 0 (must be 1 to the number of classes)",
        "predict --model m.zip --input x --out y --format parket ~ Invalid --format: parket (did you mean parquet? valid: parquet, csv, jsonl)",
        "evaluate --run nope ~ Invalid run folder: nope (no such folder)",
        "evaluate --run . ~ Invalid run folder: . (it has no config.conf; give the folder that a training run wrote)",
        "predict --input x --out y --run . ~ Invalid run folder: . (it has no config.conf; give the folder that a training run wrote)",
        "runs src ~ Invalid run folder: src (it has no config.conf, and no run is below it; give the folder that a training run or a grid wrote, or one of several)",
        "evaluate --run nope --test-time-augmentation flop ~ Invalid --test-time-augmentation: flop (did you mean flip? valid: none, flip, flip-translate)",
        "evaluate --run nope --split tset ~ Invalid --split: tset (did you mean test? valid: test, validation, train)",
        "fetch --dataset synthetic --out x ~ Invalid --dataset: synthetic (it is drawn, not fetched; run isonorm ingest --dataset synthetic)",
        "fetch --dataset cifar10 --out x --from here ~ Invalid --from: here (must be an http: or https: URL)",
        "report ~ Missing required argument (specify one of these): (DIR | --run=DIR); see isonorm report --help",
        "ingest --out x ~ Missing required option: '--dataset=NAME'; see isonorm ingest --help",
        "ingest --dataset cifar1000 --out x ~ Invalid --dataset: cifar1000 (did you mean cifar100? valid: cifar10, cifar100, synthetic, folder, huggingface)",
        "ingest --dataset cifar10 --source y --out x --train-examples 10 ~ Invalid --train-examples: 10 (cifar10 has the images it has; only synthetic ones are drawn)",
        "ingest --dataset folder --source y --out x --classes 10 ~ Invalid --classes: 10 (folder has the images it has; only synthetic ones are drawn)",
        "fetch --dataset folder --out x ~ Invalid --dataset: folder (did you mean cifar10? valid: cifar10, cifar100)",
        "ingest --dataset cifar10 --source y --out x --image-size 64 ~ Invalid --image-size: 64 (cifar10 images are 32 x 32; only folder and huggingface are resized)",
        "ingest --dataset cifar10 --source y --out x --unreadable skip ~ Invalid --unreadable: skip (cifar10 has no image files; only folder and huggingface have)",
        "ingest --dataset synthetic --out x --exif ignore ~ Invalid --exif: ignore (synthetic has no image files; only folder and huggingface have)",
        "ingest --dataset synthetic --out x --channels 1 ~ Invalid --channels: 1 (synthetic has no image files; only folder and huggingface have)",
        "ingest --dataset folder --source y --out x --channels rgb ~ Invalid channels: rgb (must be one of auto, 1, 2, 3, 4)",
        "ingest --dataset folder --source y --out x --image-size 28x ~ Invalid image-size: 28x (must be a side or HEIGHTxWIDTH in pixels, such as 32 or 20x36)",
        "ingest --dataset folder --source y --out x --unreadable no ~ Invalid --unreadable: no (must be fail or skip)",
        "ingest --dataset folder --source y --out x --exif no ~ Invalid --exif: no (must be upright or ignore)",
        "ingest --dataset folder --source y --out x --max-pixels 0 ~ Invalid max-pixels: 0 (must be > 0)",
        "ingest --dataset cifar10 --source y --out x --test-fraction .5 ~ Invalid --test-fraction: 0.5 (cifar10 has a test split; only images of your own without one are split)",
        "ingest --dataset folder --source y --out x --test-fraction 1 ~ Invalid test-fraction: 1.0 (must be in (0, 1))",
        "ingest --dataset folder --out x ~ Invalid source: '' (folder needs the folder of the images)",
        "ingest --dataset synthetic --out x --source y ~ Invalid --source: y (the synthetic data set is drawn, not read; leave it out)",
        "ingest --dataset cifar10 --source y --out x --files many ~ Invalid value for option '--files': 'many' is not an int; see isonorm ingest --help",
        "plan --network resnet-8 --workers 2,0 ~ Invalid workers: 0 (must be >= 1)",
        "plan --network resnet-8 --batch 0 ~ Invalid batch: 0 (must be >= 1)",
        "augment ~ Missing required option: '--preview=FILE'; see isonorm augment --help",
        "augment --preview x.gif ~ Invalid --preview: x.gif (must end in .png)",
        "init --init-gamma 0 ~ Invalid initialization.init-gamma: 0 (must be > 0 and finite) in"
            + " --init-gamma",
        "init --init-gamma -1 ~ Invalid initialization.init-gamma: -1 (must be > 0 and finite) in"
            + " --init-gamma",
        "init --image-size 5000 ~ Invalid image-size: 5000 (must be at most 16,777,216 pixels in"
            + " all, as 4096x4096 has)",
        "init --classes 1 ~ Invalid classes: 1 (must be >= 2)",
        "init --plot x.png ~ Missing --diagnose, which --plot is for; see isonorm init --help",
        "init --csv x.csv ~ Missing --diagnose, which --csv is for; see isonorm init --help",
        "bench --sync --seeds 2 ~ Missing --time-to-accuracy, which --seeds is for; see isonorm bench --help",
        "bench --sync-workers 2 ~ Missing --sync, which --sync-workers is for; see isonorm bench --help",
      })
  void badUsageIsOneSentenceAndExitCodeTwo(String arguments, String sentence) {
    assertThat(run(arguments)).isEqualTo(new Outcome(2, "", "isonorm: " + sentence + "\n"));
  }

  /** Spark would say on stderr that it starts. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "evaluate --model nope.zip --data x",
        "predict --model nope.zip --input x --out y"
      })
  void aModelThatIsNotThereIsSaidBeforeSparkStarts(String arguments) {
    assertThat(run(arguments))
        .isEqualTo(new Outcome(1, "", "isonorm: Cannot load checkpoint nope.zip: no such file\n"));
  }

  /** Any file is looked into only then. */
  @Test
  void whatIsReadAndWrittenIsLookedForBeforeSparkStarts() {
    assertThat(run("predict --model pom.xml --input nope --out " + folder.resolve("y")))
        .isEqualTo(new Outcome(1, "", "isonorm: Cannot predict nope: it does not exist\n"));
    assertThat(run("predict --model pom.xml --input src --out src").err())
        .startsWith("isonorm: Invalid out: file:")
        .endsWith("/src exists and is not a folder of predictions (choose another)\n");
    assertThat(run("predict --model pom.xml --input src --out pom.xml/y").err())
        .startsWith("isonorm: Cannot write to file:")
        .endsWith("/pom.xml is not a folder (choose another)\n");
    assertThat(run("evaluate --model pom.xml --data nope").err())
        .startsWith("isonorm: Cannot open data set nope: ");
  }

  @Test
  void aFolderThatCannotBeMadeIsSaidBeforeSparkStarts() {
    Path file = Path.of("pom.xml").toAbsolutePath();

    assertThat(run("train --output pom.xml/runs/a"))
        .isEqualTo(
            new Outcome(
                1,
                "",
                "isonorm: Cannot create run folder pom.xml/runs/a: %s is not a folder (choose another --output)\n"
                    .formatted(file)));
    assertThat(run("grid --output pom.xml/a --set grid.axes.run.seed=[1,2]").err())
        .startsWith("isonorm: Cannot create grid folder pom.xml/a: ");
  }

  @Test
  void aRunAndAGridAreToldApart() throws IOException {
    Path run = folder.resolve("run");
    Path grid = folder.resolve("grid");
    Files.createDirectories(run.resolve("checkpoints"));
    Files.createDirectories(grid.resolve("trials"));
    Files.createFile(run.resolve("config.conf"));
    Files.createFile(grid.resolve("config.conf"));

    assertThat(run("grid --resume " + run).err())
        .isEqualTo(
            "isonorm: Invalid --resume: %s is the folder of a run, not of a grid (go on with: isonorm train --resume --output %s)\n"
                .formatted(run, run));
    assertThat(run("train --resume --output " + grid).err())
        .isEqualTo(
            "isonorm: Invalid --resume: %s is the folder of a grid, not of a run (go on with: isonorm grid --resume %s)\n"
                .formatted(grid, grid));
    assertThat(run("evaluate --run " + grid).err())
        .isEqualTo(
            "isonorm: Invalid run folder: %s (it is a grid's; give the folder of a run)\n"
                .formatted(grid));
  }

  @Test
  void aModelThatIsNotThereIsNotCalledDamaged() {
    assertThat(run("export --model nope.zip --out x.onnx"))
        .isEqualTo(new Outcome(1, "", "isonorm: Cannot read nope.zip: no such file\n"));
  }

  @Test
  void noCommandIsBadUsageThatListsThem() {
    Outcome outcome = run();

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err())
        .startsWith("isonorm: Missing command (one of ")
        .contains("ingest", "init", "train", "evaluate")
        .endsWith("); see isonorm --help\n");
  }

  @Test
  void anUnknownNetworkIsBadUsageThatOffersTheNearest() {
    Outcome outcome = run("init --network resnet-101");

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err())
        .startsWith("isonorm: Invalid network.name: resnet-101 (did you mean resnet-110?")
        .endsWith(" in --network\n");
  }

  @Test
  void debugAddsTheStackTraceBeforeTheSentence() {
    Outcome outcome = run("init --init-gamma 0 --debug");

    assertThat(outcome.err()).contains("\tat org.isonorm").contains("\nisonorm: Invalid init");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "fetch ",
        "ingest ",
        "augment ",
        "init ",
        "train ",
        "probe ",
        "grid ",
        "evaluate ",
        "predict ",
        "export ",
        "report ",
        "runs ",
        "bench ",
        "plan ",
        "cluster ",
        "cluster start ",
        "cluster status ",
        "cluster stop "
      })
  void helpGoesToStdout(String command) {
    Outcome outcome = run(command + "--help");

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).contains("Usage: isonorm " + command.strip()).contains("--debug");
    assertThat(outcome.err()).isEmpty();
    // What the whole program is about stands in its own help alone.
    assertThat(outcome.out().contains("Every layer starts at")).isEqualTo(command.isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fetch",
        "ingest",
        "augment",
        "init",
        "train",
        "probe",
        "grid",
        "evaluate",
        "predict",
        "export",
        "report",
        "runs",
        "bench",
        "plan",
        "cluster",
        "cluster start",
        "cluster status",
        "cluster stop"
      })
  void helpBreaksNoFileNameOrKeyAndSaysNoDefaultTwiceOrInJavasWords(String command) {
    assertThat(run(command + " --help").out())
        .doesNotContainPattern("[^.]\\.\\R *(?!\\w+  )[a-z]")
        .doesNotContainPattern("\\(([^()]+)\\)\\.\\R *Default: \\1\\R")
        .doesNotContain("Default: []", "Default: null", "[,N,…");
  }

  @Test
  void helpShowsDefaults() {
    assertThat(run("evaluate --help").out())
        .containsPattern("test, validation or train.*\\R.*Default: test");
  }

  @Test
  void theHelpOfIngestShowsTheConfigurationsSyntheticDefaults() {
    SyntheticConfig defaults = IsonormConfig.load(Optional.empty(), List.of()).data().synthetic();

    assertThat(run("ingest --help").out())
        .containsPattern("10 or 100.\\R *Default: " + defaults.classes())
        .containsPattern("training split.\\R *Default: " + defaults.trainExamples())
        .containsPattern("test split.\\R *Default: " + defaults.testExamples());
  }

  @Test
  void theHelpOfInitNamesEveryFamilyOfNetworks() {
    String help = run("init --help").out();
    String networks = help.substring(help.lastIndexOf("--network=NAME"));

    assertThat(NetworkDefinition.NAMES)
        .extracting(name -> name.substring(0, name.indexOf('-') + 1))
        .contains("densenet-", "plain-")
        .allSatisfy(
            family ->
                assertThat(networks.substring(0, networks.indexOf("(the configuration's")))
                    .contains(family));
  }

  @Test
  void everyCommandTellsTheVersion() {
    assertThat(run("cluster start --version")).isEqualTo(run("--version"));
  }

  @Test
  void versionNamesTheBuildAndSpark() {
    assertThat(run("--version").out())
        .startsWith("isonorm 0.")
        .contains("\nSpark 3.5.")
        .contains("\nJava 17");
  }

  @Tag("long")
  @Test
  void augmentDrawsAPictureAndReplacesNoneUnlessTold() throws IOException {
    Path picture = folder.resolve("new/sheets.png");

    Outcome outcome = run("augment --set augmentation.cutout=8 --preview " + picture);

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).startsWith(picture + ": 14 sheets, ");
    BufferedImage read = ImageIO.read(picture.toFile());
    assertThat(outcome.out())
        .endsWith(" %d x %d pixels\n".formatted(read.getWidth(), read.getHeight()));
    byte[] before = Files.readAllBytes(picture);
    assertThat(run("augment --preview " + picture))
        .isEqualTo(
            new Outcome(
                2,
                "",
                "isonorm: Invalid --preview: %s exists (replace it with --overwrite, or choose another)\n"
                    .formatted(picture)));
    assertThat(picture).hasBinaryContent(before);
    assertThat(run("augment --preview pom.xml/x.png").err())
        .isEqualTo(
            "isonorm: Cannot write pom.xml/x.png: %s is in the way\n"
                .formatted(Path.of("pom.xml").toAbsolutePath()));
    assertThat(run("augment --overwrite --preview " + picture).exitCode()).isZero();
    assertThat(Files.readAllBytes(picture)).isNotEqualTo(before);
    try (Stream<Path> files = Files.list(picture.getParent())) {
      assertThat(files).containsExactly(picture);
    }
    Path other = Files.createFile(folder.resolve("other"));
    assertThat(Files.getPosixFilePermissions(picture))
        .as("whoever may read other files")
        .isEqualTo(Files.getPosixFilePermissions(other));

    Path full = folder.resolve("full.png");
    Files.createSymbolicLink(folder.resolve(".full.png.part"), Path.of("/dev/full"));
    assertThat(run("augment --preview " + full))
        .isEqualTo(
            new Outcome(
                1, "", "isonorm: Cannot write %s: No space left on device\n".formatted(full)));
  }

  /** A folder of twenty drawn images. */
  private Path images() {
    Path images = folder.resolve("images");
    if (!Files.exists(images)) {
      Outcome drawn =
          run("ingest --dataset synthetic --train-examples 20 --test-examples 16 --out " + images);
      assertThat(drawn.exitCode()).as(drawn.err()).isZero();
    }
    return images;
  }

  @Test
  void initPrintsARowALayerAndTheTrainedParameters() {
    Outcome outcome = run("init --network vgg-19 --init-gamma 0.4");

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out().lines())
        .hasSize(1 + 1 + 17 + 1)
        .contains(
            "stage1.conv1  64x3x3x3         27      576  bn-gamma  0.4000  0.00868056  normal")
        .contains(
            "classifier    10x512          512       10  1/n               0.00195313  normal")
        .last()
        .isEqualTo("20,035,018 trained parameters");
  }

  @Test
  void helpShowsCommandsAsTheProgramWasCalled() {
    CommandLine commandLine = IsonormCommand.commandLine("cluster");
    CommandLineInterface.call(commandLine, "bin/isonorm");

    assertThat(commandLine.getSubcommands().get("cluster").getUsageMessage())
        .startsWith("Starts a Spark cluster")
        .contains("Usage: bin/isonorm cluster ")
        .contains("\n  bin/isonorm cluster start --workers 2 --cores 1\n");

    CommandLine train = IsonormCommand.commandLine("train").setUsageHelpWidth(110);
    CommandLineInterface.call(train, "bin/isonorm");
    assertThat(train.getSubcommands().get("train").getUsageMessage())
        .contains(
            "\n  bin/isonorm train --config conf/cifar10-resnet20.conf --set averaging.frequency=16 \\\n      --output runs/frequency-16\n");
  }

  @Test
  void initSaysWhatGammaDoesWhereNothingNormalizes() {
    String plain = "init --network vgg-11 --set network.batch-normalization=false ";

    assertThat(run(plain + "--init-gamma 0.4").out())
        .endsWith(
            "gamma is made for batch normalization, of which there is none: errors pass a"
                + " convolution with 1/gamma = 2.50 times the variance that gamma 1 (or rule"
                + " kaiming-fan-out) gives them; for networks without take rule forward or"
                + " backward\n");
    assertThat(run(plain + "--init-gamma 1").out()).endsWith(" trained parameters\n");
    assertThat(run(plain + "--rule forward").out()).endsWith(" trained parameters\n");
  }

  @Test
  void aPlanOfADataSetThatIsHereCountsWhatItsImagesTakeOnDisk() throws IOException {
    Files.writeString(
        folder.resolve("manifest.json"),
        """
        {"formatVersion": 1, "dataset": "synthetic", "classes": 2, "classNames": ["a", "b"],
         "coarseClassNames": [], "height": 32, "width": 32, "channels": 3,
         "layout": "image file, resized to row-major HWC uint8", "mean": [0, 0, 0],
         "std": [1, 1, 1], "seed": 1, "rowGroupBytes": 1048576, "imageBytes": 500,
         "splits": {
           "train": {"examples": 4000, "examplesPerClass": [2000, 2000],
             "files": [{"name": "part-00000.parquet", "rows": 4000}]},
           "test": {"examples": 2, "examplesPerClass": [1, 1],
             "files": [{"name": "part-00000.parquet", "rows": 2}]}},
         "sources": [], "versions": {}}
        """);
    String plan =
        "plan --images-per-second 5 --workers 1 --network resnet-8 --set data.residence=streamed ";

    assertThat(run(plan + "--set data.path=nowhere").out())
        .contains("examples streamed in windows of 2,048, 54 MiB an executor");
    assertThat(run(plan + "--set data.path=" + folder).out())
        .contains("examples streamed in windows of 2,048, 9 MiB an executor");
  }

  @Test
  void networksOfLargeImagesTakeImagesOfTheirOwnSizeWhereNoneAreRead() {
    String network = "--network resnet-50-imagenet ";

    assertThat(run("init " + network + "--classes 1000").out())
        .contains("\nstem ", " 64x3x7x7 ", "\nstage1.block1.conv3 ", " 256x64x1x1 ")
        .endsWith("\n25,557,032 trained parameters\n");
    assertThat(run("init --image-size 96 --classes 1000 " + network).out())
        .endsWith("\n25,557,032 trained parameters\n");
    // 193 GB of images on executors of 1 GiB.
    String plan =
        run("plan --images-per-second 5 --workers 1,1000 --examples 1281167 --image-size 224 "
                + network)
            .out();
    assertThat(plan.lines().toList().get(1)).startsWith("      1 ").endsWith("  streamed");
    assertThat(plan.lines().toList().get(2)).startsWith("   1000 ").endsWith("  resident");
    assertThat(plan)
        .containsPattern(
            "\nwith 1 worker: examples streamed in windows of 2,048, [\\d,]+ MiB an executor"
                + " \\(data.residence = auto: resident they take 183,\\d{3} MiB, and the heap is 973"
                + " MiB\\)\n");
    assertThat(run("init --diagnose --image-size 96 " + network).err())
        .isEqualTo(
            "isonorm: Invalid --image-size: --diagnose sees the data set's images (leave it out; ingest has --image-size)\n");
    assertThat(run("train --set network.name=resnet-50-imagenet --output " + folder.resolve("run")))
        .isEqualTo(
            new Outcome(
                2,
                "",
                "isonorm: Invalid image height: 32 (must be >= 64 for resnet-50-imagenet; resnet-D, resnet-34 and wrn-D-K take smaller images)\n"));
  }

  @Tag("long")
  @Test
  void initDiagnosesOneInitializationBesideAnother() throws IOException {
    Path csv = folder.resolve("norms.csv");
    Path plot = folder.resolve("norms.png");

    Outcome outcome =
        run(
            ("init --network plain-12 --initialization fixed-std=.01,2/n --diagnose --batch-size 8 --json"
                    + " --data %s --csv %s --plot %s --set data.validation-examples=2")
                .formatted(images(), csv, plot));

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode measured = JSON.readTree(outcome.out()).get("initializations");
    assertThat(measured.get(0).get("verdict").asText())
        .startsWith("Not stable: activations vanish from layer stage");
    assertThat(measured.get(1).get("verdict").asText()).startsWith("Stable: ");
    assertThat(Files.readAllLines(csv)).hasSize(1 + 2 * 13);
    assertThat(ImageIO.read(plot.toFile()).getWidth()).isGreaterThan(1000);
  }

  @Tag("long")
  @Test
  void whatInitMeasuredIsPrintedWhereItsFileCannotBeWritten() throws IOException {
    Outcome outcome =
        run(
            ("init --network plain-12 --diagnose --batch-size 8 --data %s --csv pom.xml/norms.csv"
                    + " --set data.validation-examples=2")
                .formatted(images()));

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).contains("effective rate");
    assertThat(outcome.err()).contains("isonorm: Cannot write pom.xml/norms.csv: ");
  }

  @Tag("long")
  @Test
  void diagnosisMeasuresFixupAfterOneStepOnItsOwnNetwork() throws IOException {
    Outcome outcome =
        run(
            ("init --network resnet-20 --initialization fixup,2/m --diagnose --batch-size 8 --json"
                    + " --data %s --set network.batch-normalization=false"
                    + " --set network.width=4 --set data.validation-examples=2")
                .formatted(images()));

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode measured = JSON.readTree(outcome.out()).get("initializations");
    assertThat(measured.get(0).get("steps").asInt()).isEqualTo(1);
    assertThat(measured.get(0).get("verdict").asText())
        .startsWith("Stable: ")
        .endsWith(
            "Measured after one step: the classifier starts at 0 and lets no error through before.");
    // The last convolution of a branch is still 0.
    assertThat(measured.get(0).get("layers").get(2).get("updateRatio").isNull()).isTrue();
    assertThat(measured.get(1).get("steps").asInt()).isZero();
  }

  @Test
  void fixupsRuleAndItsScalarsGoTogether() {
    Outcome without = run("init --network resnet-20 --rule fixup");
    Outcome alone = run("init --network resnet-20 --set network.fixup=true");
    Outcome impossible = run("init --network vgg-11 --rule fixup --set network.fixup=true");

    assertThat(List.of(without, alone, impossible)).allMatch(outcome -> outcome.exitCode() == 2);
    assertThat(without.err())
        .startsWith("isonorm: Invalid rule: fixup for resnet-20, which has no");
    assertThat(alone.err()).startsWith("isonorm: Invalid rule: bn-gamma for resnet-20 with scalar");
    assertThat(impossible.err())
        .contains("network.fixup")
        .contains("must be resnet-D or wrn-D-K: it has no residual branches");
  }

  @Test
  void initPrintsOneJsonObject() throws IOException {
    Outcome outcome =
        run("init --network resnet-20 --classes 100 --init-gamma 2 --classifier constant --json");

    assertThat(outcome.exitCode()).isZero();
    JsonNode plan = JSON.readTree(outcome.out());
    assertThat(plan.get("network").asText()).isEqualTo("resnet-20");
    assertThat(plan.get("classes").asInt()).isEqualTo(100);
    assertThat(plan.get("initGamma").asDouble()).isEqualTo(2);
    assertThat(plan.get("trainedParameters").asLong()).isPositive();
    assertThat(plan.get("layers")).hasSize(20);
    JsonNode stem = plan.get("layers").get(0);
    assertThat(stem.get("shape").toString()).isEqualTo("[16,3,3,3]");
    assertThat(stem.get("fanIn").asLong()).isEqualTo(27);
    assertThat(stem.get("fanOut").asLong()).isEqualTo(144);
    assertThat(stem.get("variance").asDouble()).isEqualTo(2. / (2 * 144));
    JsonNode classifier = plan.get("layers").get(19);
    assertThat(classifier.get("kind").asText()).isEqualTo("classifier");
    assertThat(classifier.get("shape").toString()).isEqualTo("[100,64]");
    assertThat(classifier.get("distribution").asText()).isEqualTo("constant");
    assertThat(classifier.get("variance").asDouble()).isZero();
  }

  @Test
  void initFollowsTheConfigurationAndItsOwnOptionsGoFirst() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("x.conf"), "data.dataset = cifar100\nnetwork.name = vgg-11");

    Outcome outcome =
        run(
            "init --json --config %s --set initialization.distribution=uniform --set network.name=vgg-13 --network vgg-16"
                .formatted(file));

    JsonNode plan = JSON.readTree(outcome.out());
    assertThat(plan.get("classes").asInt()).isEqualTo(100);
    assertThat(plan.get("network").asText()).isEqualTo("vgg-16");
    assertThat(plan.get("distribution").asText()).isEqualTo("uniform");
  }

  @Test
  void initShowsWhatPaperAndOverridesCameTo() throws IOException {
    Outcome outcome =
        run(
            "init --json --network resnet-110 --dataset cifar100 --init-gamma paper"
                + " --set initialization.zero-residual-scales=true"
                + " --set initialization.overrides=[{layers=\"stage3.*\",init-gamma=1},{layers=stem,rule=orthogonal}]");

    assertThat(outcome.err()).isEmpty();
    JsonNode plan = JSON.readTree(outcome.out());
    assertThat(plan.get("initGamma").asDouble()).isEqualTo(2 / 1.5);
    assertThat(plan.get("classifier").asText()).isEqualTo("constant");
    assertThat(plan.get("zeroScales")).hasSize(54);
    JsonNode stem = plan.get("layers").get(0);
    assertThat(stem.get("distribution").asText()).isEqualTo("orthogonal");
    assertThat(stem.get("initGamma").isNull()).isTrue();
    assertThat(plan.get("layers").get(1).get("initGamma").asDouble()).isEqualTo(2 / 1.5);
    assertThat(plan.get("layers").get(108).get("initGamma").asDouble()).isEqualTo(1);
  }

  @Test
  void initSaysWhichOverrideMatchesNothing() {
    Outcome outcome =
        run("init --set initialization.overrides=[{layers=\"stage9.*\",init-gamma=1}]");

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).contains("Invalid overrides: stage9.* matches no layer of resnet-20");
  }

  /** Whatever is listed can be chosen. */
  @Tag("long")
  @Test
  void everyListedNameStartsANetwork() throws IOException {
    for (JsonNode rule : JSON.readTree(run("init --list --json").out()).get("rules")) {
      String name = rule.get("name").asText();
      String option =
          switch (rule.get("layers").asText()) {
            case "all" -> "--rule " + name;
            case "classifier" -> "--classifier " + name;
            default -> "--set initialization.overrides=[{layers=stem,rule=%s}]".formatted(name);
          };
      String network = name.equals("fixup") ? "resnet-8 --set network.fixup=true" : "resnet-8";
      Outcome outcome =
          run(
              "init --json --network %s %s --data %s %s"
                  .formatted(network, option, images(), SMALL));

      assertThat(outcome.exitCode()).as(outcome.err()).isZero();
      assertThat(JSON.readTree(outcome.out()).get("tuning").isNull())
          .isEqualTo(TuningMethod.named(name).isEmpty());
    }
  }

  @Tag("long")
  @Test
  void initPrintsTheScalesOfATunedMethod() {
    Outcome outcome =
        run(
            "init --network resnet-8 --initialization lsuv --data %s %s"
                .formatted(images(), SMALL));

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .containsPattern("stem +4x3x3x3 .* orthonormal")
        .containsPattern("tensor +start norm +scale +final norm")
        .containsPattern("stem.weight +2.000 ")
        .containsPattern("lsuv: \\d+ tensors scaled by .* to .*, standard deviation .* to ");
  }

  @Tag("long")
  @Test
  void initMeasuresAGammaOfEquilibrium() throws IOException {
    String command =
        "init --json --network resnet-8 --data %s %s --set training.global-batch-size=8 --init-gamma "
            .formatted(images(), SMALL);
    Outcome layers = run(command + "equilibrium");
    Outcome global = run(command + "equilibrium-global");

    assertThat(layers.exitCode()).as(layers.err()).isZero();
    JsonNode own = JSON.readTree(layers.out());
    JsonNode same = JSON.readTree(global.out());
    double mean = same.get("initGamma").asDouble();
    assertThat(own.get("initGamma").asDouble()).isEqualTo(mean);
    double logarithms = 0;
    for (int i = 0; i < 7; i++) {
      assertThat(same.get("layers").get(i).get("initGamma").asDouble()).isEqualTo(mean);
      logarithms += Math.log(own.get("layers").get(i).get("initGamma").asDouble()) / 7;
    }
    assertThat(Math.exp(logarithms) / mean).isEqualTo(1, within(1e-9));
    assertThat(own.get("layers").get(0).get("initGamma").asDouble()).isNotEqualTo(mean);
  }

  @Tag("long")
  @Test
  void initShowsTheStartThatImagesMake() throws IOException {
    String rule = "--set initialization.overrides=[{layers=stem,rule=whitening}]";
    Outcome outcome =
        run("init --network resnet-8 --json --data %s %s %s".formatted(images(), SMALL, rule));

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode stem = JSON.readTree(outcome.out()).get("layers").get(0);
    assertThat(stem.get("rule").asText()).isEqualTo("whitening");
    // Four filters of the two largest eigenvalues, which are of what neighbouring pixels share.
    assertThat(stem.get("variance").asDouble()).isPositive().isLessThan(.5 / 27);
    assertThat(run("init --network resnet-8 --image-size 64 " + rule).err())
        .contains("Invalid --image-size: the start of stem sees the data set's images");
  }

  @Tag("long")
  @Test
  void initDiagnosesATunedStartBesideTheUntuned() throws IOException {
    Outcome outcome =
        run(
            "init --network resnet-8 --rule lsuv --diagnose --batch-size 8 --json --data %s %s"
                .formatted(images(), SMALL));

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode measured = JSON.readTree(outcome.out()).get("initializations");
    assertThat(measured.get(0).get("initialization").asText()).isEqualTo("orthonormal");
    assertThat(measured.get(1).get("initialization").asText()).isEqualTo("lsuv");
  }

  @Test
  void severalInitializationsNeedDiagnose() {
    assertThat(run("init --initialization lecun,5/m").err())
        .contains("Invalid --initialization: lecun,5/m (give one, or --diagnose to compare them)");
  }

  @Test
  void initListsEveryRule() throws IOException {
    Outcome table = run("init --list");
    JsonNode rules = JSON.readTree(run("init --list --json").out()).get("rules");

    assertThat(table.out())
        .containsPattern("bn-gamma +all +2/\\(γ m\\).* +Zhang et al. 2022, eqn 41")
        .containsPattern("constant +classifier +every weight .01")
        .containsPattern("whitening +first convolution ");
    assertThat(table.out())
        .containsPattern("gradinit +all +scales of all .* +first and second derivatives .* +Zhu");
    assertThat(rules)
        .hasSize(InitializationRule.allForClassifier().size() + TuningMethod.values().length);
    assertThat(rules.get(0).get("name").asText()).isEqualTo("1/n");
  }

  @Test
  void fetchGoesToTheOfficialPlaceUnlessToldOtherwise() {
    assertThat(run("fetch --help").out()).contains("Default: " + Fetcher.OFFICIAL);
  }

  @Test
  void aServerThatCannotBeReachedIsAFailureThatNamesTheWayAround() {
    // Nothing listens on the discard port of this machine.
    Outcome outcome =
        run(
            "fetch --dataset cifar10 --from http://127.0.0.1:9/ --out "
                + folder.resolve("archives"));

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .startsWith("isonorm: Cannot reach http://127.0.0.1:9/cifar-10-binary.tar.gz: ")
        .contains("isonorm ingest --dataset cifar10 --source")
        .hasLineCount(1);
  }

  @Test
  void ingestWritesADataSetAndPrintsItsManifest() throws IOException {
    Path out = folder.resolve("synthetic");
    String command =
        "ingest --dataset synthetic --train-examples 40 --test-examples 20 --files 2 --json --out "
            + out;

    Outcome outcome = run(command);

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode manifest = JSON.readTree(outcome.out());
    assertThat(manifest.get("dataset").asText()).isEqualTo("synthetic");
    assertThat(manifest.get("splits").get("train").get("examples").asLong()).isEqualTo(40);
    assertThat(out.resolve("manifest.json")).exists();

    Outcome again = run(command);

    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.out()).isEmpty();
    assertThat(again.err()).startsWith("isonorm: Invalid out: ").hasLineCount(1);
  }

  @Test
  void aRunIsTrainedEvaluatedReportedMovedAndResumed() throws IOException {
    Path data = folder.resolve("data");
    Path run = folder.resolve("run");
    Path config =
        Files.writeString(
            folder.resolve("tiny.conf"),
            """
            data {
              path = "%s"
              validation-examples = 40
            }
            network { name = resnet-8, width = 4 }
            training { epochs = 1, global-batch-size = 20, threads-per-worker = 1 }
            """
                .formatted(data));
    String train = "train --config %s --output %s".formatted(config, run);

    Outcome early = run(train);

    assertThat(early.exitCode()).as(early.err()).isEqualTo(1);
    assertThat(early.err()).startsWith("isonorm: Cannot open data set " + data).hasLineCount(1);
    assertThat(run).doesNotExist();
    assertThat(
            run("ingest --dataset synthetic --train-examples 120 --test-examples 30 --out " + data)
                .exitCode())
        .isZero();

    Outcome trained = run(train + " --json");

    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(JSON.readTree(trained.out()).get("examples").asLong()).isEqualTo(30);
    assertThat(trained.err()).contains("epoch 1/1");
    assertThat(run.resolve("report.html")).exists();
    assertThat(
            IsonormConfig.load(Optional.of(run.resolve("config.conf")), List.of()).run().output())
        .isEqualTo(run.toString());

    Outcome again = run(train);

    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err())
        .startsWith("isonorm: Invalid output: ")
        .contains("--resume")
        .hasLineCount(1);

    Path moved = Files.move(run, folder.resolve("moved"));
    Outcome evaluated = run("evaluate --split validation --json --run " + moved);

    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    assertThat(JSON.readTree(evaluated.out()).get("examples").asLong()).isEqualTo(40);

    Outcome testEvaluated = run("evaluate --test-time-augmentation flip --run " + moved);

    assertThat(testEvaluated.out())
        .contains("disc ")
        .containsPattern(
            "test: top-1 accuracy [0-9.]+%, top-5 accuracy [0-9.]+%, loss [0-9.]+ over 30 examples")
        .containsPattern(
            "test with flip: top-1 accuracy [0-9.]+%, top-5 accuracy [0-9.]+%, loss [0-9.]+");

    Outcome resumed = run("train --resume --output " + moved);

    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.err())
        .isEqualTo(
            "%s is finished: nothing is trained, and its evaluation is the one it had\n"
                .formatted(moved));
    assertThat(resumed.out()).endsWith("The run is in %s\n".formatted(moved));

    Files.move(data, folder.resolve("elsewhere"));
    assertThat(run("train --resume --output " + moved).exitCode()).isZero();
    assertThat(run("evaluate --run " + moved).err())
        .isEqualTo(
            "isonorm: Cannot open data set %s: it has no manifest.json (make one with isonorm ingest); if the run's data set was moved, name it by --data\n"
                .formatted(data));
    assertThat(run("evaluate --run %s --data %s".formatted(moved, folder.resolve("elsewhere"))))
        .extracting(Outcome::exitCode)
        .isEqualTo(0);

    Outcome reported = run("report --json --run " + moved);

    assertThat(reported.exitCode()).as(reported.err()).isZero();
    assertThat(JSON.readTree(reported.out()).get("report").asText())
        .isEqualTo(moved.resolve("report.html").toString());
  }
}
