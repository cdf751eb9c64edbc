package org.isonorm.spark.predict;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.ModelCard;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.TrainingState;
import org.isonorm.spark.train.TinyNetworks;

/** Small models, and images for them. */
public final class Models {
  static final int SIDE = 6;
  static final ModelCard CARD =
      new ModelCard(
          List.of("cat", "dog", "newt"),
          SIDE,
          SIDE,
          3,
          List.of(0.5, 0.25, 0.75),
          List.of(0.2, 0.3, 0.4),
          SIDE,
          SIDE,
          ModelCard.TRIANGLE,
          ExifPolicy.UPRIGHT);

  private Models() {}

  /** A network that was not trained, whose scores differ by image. */
  static ScoringModel model() {
    return ScoringModel.of(CARD, TinyNetworks.normalized());
  }

  /** A run's folder that has that model, and a checkpoint; its model file. */
  public static Path save(Path folder) throws IOException {
    ComputationGraph graph = TinyNetworks.normalized();
    RunFolder run = RunFolder.create(folder);
    NetworkDefinition definition =
        NetworkDefinition.of("resnet-8").withImage(SIDE, SIDE, 3).withClasses(3);
    new Checkpoint(
            graph,
            null,
            new byte[Math.toIntExact(4 * graph.numParams())],
            null,
            TrainingState.start(definition, "photos", 1))
        .save(run.lastCheckpoint());
    run.publishModel(run.lastCheckpoint(), CARD);
    return run.model();
  }

  /** A PNG file of noise. */
  public static byte[] png(int width, int height, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, random.nextInt(1 << 24));
    }
    return encoded(image);
  }

  static byte[] encoded(BufferedImage image) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }
}
