package org.isonorm.spark.cli;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.augmentation.AugmentationPreview;
import org.isonorm.data.augmentation.AugmentationPreview.Sheet;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.SyntheticDataset;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.run.AtomicFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm augment}. */
@Command(
    name = "augment",
    header = "Draws a picture of what augmentation does to images.",
    description =
        "%nA sheet of 8x8 training images for every augmentation by itself, and two of all that the configuration asks for."
            + " A row is a batch, whose images are mixed with each other. Starts no Spark.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm augment --preview augmentation.png",
      "  isonorm augment --preview c10.png --data data/cifar10 --set augmentation.cutout=16",
    })
final class AugmentCommand implements Callable<Integer> {
  private static final String FORMAT = "png";

  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions options;

  @Option(
      names = "--preview",
      required = true,
      paramLabel = "FILE",
      description = "The picture to write, a .png.")
  private Path preview;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "An ingested data set (the configuration's, of which a synthetic one is drawn).")
  private String data;

  @Option(names = "--overwrite", description = "Replace a picture that is there already.")
  private boolean overwrite;

  /** The images to show. */
  private record Images(Shard shard, int classes) {}

  @Override
  public Integer call() throws IOException {
    IsonormConfig config = options.load(List.of());
    checkPreview();
    Images images = images(config);
    List<Sheet> sheets =
        AugmentationPreview.sheets(
            config.augmentation().settings(), config.data().crop().of(images.shard().shape()));
    BufferedImage picture =
        AugmentationPreview.render(
            images.shard(), config.data().crop(), images.classes(), sheets, config.run().seed());
    write(picture);
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %s, %d x %d pixels",
            preview,
            Plural.of(sheets.size(), "sheet"),
            picture.getWidth(),
            picture.getHeight()));
    return CommandLineInterface.DONE;
  }

  private void checkPreview() {
    if (!preview.toString().endsWith("." + FORMAT)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid --preview: %s (must end in .png)", preview));
    }
    if (Files.isDirectory(preview)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid --preview: %s is a folder", preview));
    }
    if (Files.exists(preview) && !overwrite) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --preview: %s exists (replace it with --overwrite, or choose another)",
              preview));
    }
  }

  private Images images(IsonormConfig config) throws IOException {
    int examples = AugmentationPreview.EXAMPLES;
    if (data == null && config.data().dataset() == DatasetKind.SYNTHETIC) {
      int classes = config.data().synthetic().classes();
      SyntheticDataset images = new SyntheticDataset(classes, config.data().synthetic().seed());
      return new Images(images.shard(Split.TRAIN, examples), classes);
    }
    String folder = data == null ? config.data().folder() : data;
    Configuration hadoop = new Configuration();
    DatasetManifest manifest = DatasetManifest.load(folder, hadoop);
    long count = Math.min(examples, manifest.split(Split.TRAIN).examples());
    PositionRange first = new PositionRange(0, count);
    return new Images(
        ShardReader.read(manifest, folder, Split.TRAIN, first, hadoop), manifest.classes());
  }

  /**
   * Writes beside the picture first, so that a half-written one never takes its place. Drawn in
   * memory: ImageIO does not say why a file cannot be written.
   */
  private void write(BufferedImage picture) throws IOException {
    ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    ImageIO.write(picture, FORMAT, drawn);
    try {
      Files.createDirectories(preview.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw AtomicFiles.cannotWrite(preview, e);
    }
    AtomicFiles.write(preview, temporary -> Files.write(temporary, drawn.toByteArray()));
  }
}
