package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.Metrics;
import org.isonorm.spark.run.MetricsRow;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Data sets whose classes and image sizes are not CIFAR-10's, from their files to a trained net.
 */
class OtherDataSetsTest {
  private static final int HEIGHT = 12;
  private static final int WIDTH = 20;
  private static final List<String> CLASSES = List.of("blue", "green", "red");

  @TempDir Path folder;

  private IsonormConfig config(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.path=" + folder.resolve("ingested"),
                "network.name=resnet-8",
                "network.width=4",
                "augmentation.auto-augment=true",
                "augmentation.mixing.method=resizemix",
                "training.epochs=1",
                "training.global-batch-size=10",
                "averaging.workers=2"));
    all.addAll(List.of(settings));
    return IsonormConfig.load(Optional.empty(), all);
  }

  private Evaluation train(IsonormConfig config) throws IOException {
    return TrainingJob.run(config, folder.resolve("run"), false, LocalSpark.session(), line -> {});
  }

  private void writeImages() throws IOException {
    for (int label = 0; label < CLASSES.size(); label++) {
      Path ofClass = Files.createDirectories(folder.resolve("images").resolve(CLASSES.get(label)));
      for (int i = 0; i < 16; i++) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < HEIGHT * WIDTH; pixel++) {
          int level = 100 + pixel % WIDTH * 7 + i;
          image.setRGB(pixel % WIDTH, Math.floorDiv(pixel, WIDTH), level << (8 * label));
        }
        ImageIO.write(image, "png", ofClass.resolve(i + ".png").toFile());
      }
    }
  }

  @Tag("long")
  @Test
  void yourOwnImagesTrainANetworkOfTheirClassesAndSize() throws IOException {
    writeImages();
    Ingestion.run(
        IngestOptions.own(
                DatasetKind.FOLDER,
                folder.resolve("images").toString(),
                new ImageFileSettings(0, 0.25).withKeepEncoded(true),
                folder.resolve("ingested").toString())
            .withFiles(2),
        LocalSpark.session());
    // Decoded on the way to the network; that others come as pixels is seen below.
    IsonormConfig config =
        config("data.dataset=folder", "data.validation-examples=6", "data.residence=streamed");

    NetworkDefinition definition = config.networkDefinition();
    assertThat(definition.classes()).isEqualTo(3);
    assertThat(definition.imageHeight()).isEqualTo(HEIGHT);
    assertThat(definition.imageWidth()).isEqualTo(WIDTH);

    Evaluation evaluation = train(config);

    assertThat(evaluation.examples()).isEqualTo(12);
    assertThat(evaluation.classNames()).isEqualTo(CLASSES);
    assertThat(evaluation.top5Accuracy()).isEqualTo(1);
    ComputationGraph model =
        ModelSerializer.restoreComputationGraph(folder.resolve("run/model.zip").toFile(), false);
    assertThat(model.outputSingle(Nd4j.zeros(2, HEIGHT, WIDTH, 3)).shape()).containsExactly(2, 3);
  }

  @Test
  void theThreadsOfARunEndWithIt() throws Exception {
    writeImages();
    Ingestion.run(
        IngestOptions.own(
                DatasetKind.FOLDER,
                folder.resolve("images").toString(),
                ImageFileSettings.DEFAULT,
                folder.resolve("ingested").toString())
            .withFiles(2),
        LocalSpark.session());
    // Models that other tests of this process scored with stay resident, with their threads.
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    train(config("data.dataset=folder", "data.validation-examples=0"));

    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("isonorm-") && !before.contains(thread)) {
        // Ends after its last task; a thread that is still waiting for work would never.
        thread.join(60_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  @Test
  void yourOwnImagesMustHaveBeenIngested() {
    assertThatThrownBy(() -> config("data.dataset=folder").networkDefinition())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("it has no manifest.json (make one with isonorm ingest)");
  }

  /** A copy in the published layout: coarse label, fine label, then red, green and blue planes. */
  @Tag("long")
  @Test
  void cifar100TrainsAHundredClasses() throws IOException {
    Path copy = Files.createDirectories(folder.resolve("cifar-100-binary"));
    SplittableRandom random = new SplittableRandom(7);
    for (String name : List.of("train.bin", "test.bin")) {
      byte[] records = new byte[100 * 3_074];
      random.nextBytes(records);
      for (int record = 0; record < 100; record++) {
        records[record * 3_074] = (byte) Math.floorDiv(record, 5);
        records[record * 3_074 + 1] = (byte) record;
      }
      Files.write(copy.resolve(name), records);
    }
    Files.writeString(copy.resolve("fine_label_names.txt"), names("fine", 100));
    Files.writeString(
        copy.resolve("coarse_label_names.txt"), names("coarse", 20), StandardCharsets.UTF_8);
    Ingestion.run(
        IngestOptions.cifar(
                DatasetKind.CIFAR100, copy.toString(), folder.resolve("ingested").toString())
            .withFiles(2),
        LocalSpark.session());

    Evaluation evaluation = train(config("data.dataset=cifar100", "data.validation-examples=20"));

    assertThat(evaluation.classNames()).hasSize(100).startsWith("fine0").endsWith("fine99");
    assertThat(evaluation.perClass()).hasSize(100);
    assertThat(evaluation.top5Accuracy()).isBetween(evaluation.top1Accuracy(), 1.0);
    assertThat(Files.readString(folder.resolve("run/evaluation.json"))).contains("top5Accuracy");
    MetricsRow epoch = Metrics.load(folder.resolve("run/metrics.csv")).epochs().get(0);
    assertThat(epoch.validationTop5Accuracy().orElseThrow()).isBetween(epoch.validation(), 1.0);
  }

  private static String names(String kind, int count) {
    return IntStream.range(0, count).mapToObj(i -> kind + i).collect(Collectors.joining("\n"));
  }
}
