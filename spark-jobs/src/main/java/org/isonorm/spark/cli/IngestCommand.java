package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.ChannelChoice;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.data.source.SyntheticSettings;
import org.isonorm.init.NearestName;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.session.SparkSessions;
import org.isonorm.spark.storage.Storage;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code isonorm ingest}. */
@Command(
    name = "ingest",
    header = "Converts a data set to Parquet files and a manifest.",
    description =
        "%nReads a published archive or its unpacked folder, or your own images, checks every record, shuffles the examples once by the seed and"
            + " writes OUT/{train,test}/part-*.parquet and OUT/manifest.json. OUT appears when all of it is written.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm ingest --dataset cifar10 --source cifar-10-binary.tar.gz --out data/cifar10",
      "  isonorm ingest --dataset synthetic --out data/synthetic --train-examples 10000",
      "  isonorm ingest --dataset folder --source photos --image-size 32 --out data/photos",
    })
final class IngestCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--dataset",
      required = true,
      paramLabel = "NAME",
      description = "cifar10, cifar100, synthetic, folder or huggingface.")
  private String dataset;

  @Option(
      names = "--source",
      paramLabel = "PATH",
      defaultValue = "",
      showDefaultValue = Visibility.NEVER,
      description =
          "The binary archive (tar.gz) or its unpacked folder; for folder the folder of the class folders, or of train, val and"
              + " test with class folders, of metadata.csv or metadata.jsonl, of WebDataset's .tar shards or of MNIST's files, or a"
              + " file .csv, .jsonl or .npz; for huggingface the folder of Parquet files train-*, validation-* and"
              + " test-*. A path or file:, hdfs:, s3a: URI; not for synthetic.")
  private String source;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder to make, a path or file:, hdfs:, s3a: URI.")
  private String out;

  @Option(
      names = "--files",
      paramLabel = "N",
      description =
          "Parquet files a split ("
              + IngestOptions.MOST_FILES
              + ", or its number of images if that is less).")
  private Integer files;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "" + IngestOptions.DEFAULT_SEED,
      description = "Seed of the stored order, and of synthetic images.")
  private long seed;

  @Option(names = "--overwrite", description = "Replace a data set that is at OUT already.")
  private boolean overwrite;

  @Option(names = "--json", description = "Print the manifest as one JSON object.")
  private boolean json;

  @ArgGroup(exclusive = false, heading = "%nFor synthetic alone:%n")
  private SyntheticOptions synthetic = new SyntheticOptions();

  @ArgGroup(exclusive = false, heading = "%nFor folder and huggingface alone:%n")
  private ImageOptions images = new ImageOptions();

  /** How image files are taken. */
  static final class ImageOptions {
    @Option(
        names = "--image-size",
        paramLabel = "N|HEIGHTxWIDTH",
        showDefaultValue = Visibility.NEVER,
        description =
            "Resize every image to N x N or HEIGHT x WIDTH pixels, bilinear, shrinking by a weighted mean (without: all must be of"
                + " one size).")
    private String imageSize;

    @Option(
        names = "--channels",
        paramLabel = "auto|1|2|3|4",
        showDefaultValue = Visibility.NEVER,
        description =
            "Channels to store: those of the first image (auto, the default: 1 of grey, 3 of colours); 1 makes colours grey, 3 makes"
                + " grey three equal channels, 4 keeps transparency or an array's fourth, 2 is for arrays of two.")
    private String channels;

    @Option(
        names = "--test-fraction",
        paramLabel = "X",
        showDefaultValue = Visibility.NEVER,
        description =
            "Share of each class that is held out by the seed, where there is no test split ("
                + ImageFileSettings.DEFAULT_TEST_FRACTION
                + ").")
    private Double testFraction;

    @Option(
        names = "--unreadable",
        paramLabel = "fail|skip",
        showDefaultValue = Visibility.NEVER,
        description =
            "What an image does that cannot be read: it ends the ingestion (fail, the default), or is left out and listed in the"
                + " manifest (skip).")
    private String unreadable;

    @Option(
        names = "--exif",
        paramLabel = "upright|ignore",
        showDefaultValue = Visibility.NEVER,
        description =
            "Turn images as the camera was held (upright, the default), or take them as they are stored, as torchvision does"
                + " (ignore).")
    private String exif;

    @Option(
        names = "--keep-encoded",
        description =
            "Store image files as they are, and decode and resize them whenever they are read: smaller on disk and in a"
                + " stream's window, for more than fits into memory.")
    private boolean keepEncoded;

    @Option(
        names = "--max-pixels",
        paramLabel = "N",
        showDefaultValue = Visibility.NEVER,
        description =
            "Most pixels of an image, as protection against decompression bombs ("
                + ImageFileSettings.DEFAULT_MAX_PIXELS
                + ").")
    private Long maxPixels;

    ImageFileSettings settings() {
      return new ImageFileSettings(
          imageSize == null ? ImageSize.AS_THEY_ARE : ImageSize.parse(imageSize),
          channels == null ? ChannelChoice.AUTO : ChannelChoice.parse(channels),
          testFraction == null ? ImageFileSettings.DEFAULT_TEST_FRACTION : testFraction,
          maxPixels == null ? ImageFileSettings.DEFAULT_MAX_PIXELS : maxPixels,
          isFirst("--exif", exif, "upright", "ignore"),
          !isFirst("--unreadable", unreadable, "fail", "skip"),
          keepEncoded);
    }

    private static boolean isFirst(String option, String value, String first, String second) {
      if (value != null && !value.equals(first) && !value.equals(second)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "Invalid %s: %s (must be %s or %s)", option, value, first, second));
      }
      return value == null || value.equals(first);
    }

    /** An option of images that was given, or null. */
    private String given() {
      if (channels != null) {
        return "--channels: " + channels;
      }
      if (unreadable != null) {
        return "--unreadable: " + unreadable;
      }
      if (exif != null) {
        return "--exif: " + exif;
      }
      if (keepEncoded) {
        return "--keep-encoded: true";
      }
      return maxPixels == null ? null : "--max-pixels: " + maxPixels;
    }
  }

  /** The size of the synthetic data set; the defaults are those of conf/base.conf. */
  static final class SyntheticOptions {
    @Option(names = "--classes", paramLabel = "N", defaultValue = "10", description = "10 or 100.")
    private int classes = 10;

    @Option(
        names = "--train-examples",
        paramLabel = "N",
        defaultValue = "25000",
        description = "Images of the training split.")
    private int trainExamples = 25_000;

    @Option(
        names = "--test-examples",
        paramLabel = "N",
        defaultValue = "5000",
        description = "Images of the test split.")
    private int testExamples = 5_000;
  }

  @Override
  public Integer call() throws IOException {
    DatasetKind kind =
        NearestName.find("--dataset", dataset, List.of(DatasetKind.values()), DatasetKind::id);
    IngestOptions options =
        switch (kind) {
          case SYNTHETIC ->
              IngestOptions.synthetic(
                  new SyntheticSettings(
                      synthetic.classes, synthetic.trainExamples, synthetic.testExamples),
                  out);
          case CIFAR10, CIFAR100 -> IngestOptions.cifar(kind, source, out);
          case FOLDER, HUGGINGFACE -> IngestOptions.own(kind, source, images.settings(), out);
        };
    if (!kind.isOwn() && images.imageSize != null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --image-size: %s (%s images are 32 x 32; only folder and huggingface are resized)",
              images.imageSize,
              kind));
    }
    if (!kind.isOwn() && images.given() != null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s (%s has no image files; only folder and huggingface have)",
              images.given(),
              kind));
    }
    if (!kind.isOwn() && images.testFraction != null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --test-fraction: %s (%s has a test split; only images of your own without one are split)",
              images.testFraction,
              kind));
    }
    if (kind != DatasetKind.SYNTHETIC) {
      refuseSyntheticOptions(kind);
    }
    if (kind == DatasetKind.SYNTHETIC && !source.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --source: %s (the synthetic data set is drawn, not read; leave it out)",
              source));
    }
    Ingestion.checkOutput(options.withOverwrite(overwrite), Storage.hadoop());
    StopSignals.unchanged(Storage.path(out));
    try (SparkSession spark = SparkSessions.open("isonorm ingest " + dataset, Map.of(), 1)) {
      IngestOptions seeded = options.withSeed(seed).withOverwrite(overwrite);
      print(Ingestion.run(files == null ? seeded : seeded.withFiles(files), spark));
    }
    return CommandLineInterface.DONE;
  }

  private void refuseSyntheticOptions(DatasetKind kind) {
    ParseResult given = spec.commandLine().getParseResult();
    for (String option : List.of("--classes", "--train-examples", "--test-examples")) {
      if (given.hasMatchedOption(option)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid %s: %s (%s has the images it has; only synthetic ones are drawn)",
                option,
                given.matchedOption(option).stringValues().get(0),
                kind));
      }
    }
  }

  private void print(DatasetManifest manifest) {
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      Result.print(writer, manifest);
      return;
    }
    writer.println(
        String.format(
            Locale.ROOT,
            "%s: %,d training and %,d test examples of %d classes in %s",
            manifest.dataset(),
            manifest.split(Split.TRAIN).examples(),
            manifest.split(Split.TEST).examples(),
            manifest.classes(),
            out));
    if (!manifest.skipped().isEmpty()) {
      writer.println(
          String.format(
              Locale.ROOT,
              "Skipped %s that cannot be read; %s has the list",
              Plural.of(manifest.skipped().size(), "image"),
              DatasetManifest.FILE_NAME));
    }
  }
}
