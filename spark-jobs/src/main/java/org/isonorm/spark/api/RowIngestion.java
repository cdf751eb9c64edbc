package org.isonorm.spark.api;

import java.io.IOException;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.storage.StorageLevel;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.ingestion.ReadExamples;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.ChannelChoice;
import org.isonorm.data.source.ClassNames;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.spark.predict.ImageColumn;
import org.isonorm.spark.predict.RawImage;

/**
 * Makes an ingested data set of a DataFrame's rows. Every row is computed and decoded once; pixels
 * stay in the executors' memory, or on their disks where that is full, until all are seen and found
 * good, and are then written to where they belong.
 */
final class RowIngestion {
  private static final String SOURCE = "the DataFrame";
  private static final String TRAIN = "train";

  /** Where spark.read().format("binaryFile") says what a row was read from. */
  private static final String PATH = "path";

  private final Images.Rows rows;
  private final ImageFileSettings settings;
  private final SparkSession spark;

  /**
   * Of rows.
   *
   * @throws IllegalArgumentException in one sentence, if their images can have no such size or
   *     channels
   */
  RowIngestion(Images.Rows rows, SparkSession spark) {
    this.rows = rows;
    this.settings =
        ImageFileSettings.DEFAULT
            .withSize(
                rows.size().isEmpty()
                    ? ImageSize.AS_THEY_ARE
                    : new ImageSize(rows.size().get(0), rows.size().get(1)))
            .withChannels(ChannelChoice.of(rows.channels()));
    this.spark = spark;
  }

  /** What came of reading a row: on its way between executors. */
  private sealed interface ReadRow extends Serializable {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Good(String name, ImageShape shape, byte[] pixels, String label, boolean validates)
      implements ReadRow {}

  private record WithoutImage() implements ReadRow {}

  private record WithoutLabel() implements ReadRow {}

  /** In one sentence that names the image. */
  private record Unreadable(String reason) implements ReadRow {}

  /**
   * Makes it.
   *
   * @throws IllegalArgumentException in one sentence, if a column is not what it should be, or an
   *     image or label is null, or images are of several sizes
   * @throws IOException in one sentence that names it, if an image cannot be read
   */
  void run() throws IOException {
    Map<Split, SplitRows> splits = new EnumMap<>(Split.class);
    try {
      // Columns of both are looked at before a job is started for nothing.
      splits.put(Split.TRAIN, new SplitRows(rows.training(), rows, settings, TRAIN));
      rows.test()
          .ifPresent(test -> splits.put(Split.TEST, new SplitRows(test, rows, settings, "test")));
      for (SplitRows split : splits.values()) {
        split.look();
      }
      ingest(splits);
    } finally {
      splits.values().forEach(split -> split.read.unpersist());
    }
  }

  private void ingest(Map<Split, SplitRows> splits) throws IOException {
    SplitRows training = splits.get(Split.TRAIN);
    if (training.examples() == 0) {
      throw new IllegalArgumentException(
          refused("it has no training images (must have a row at least)"));
    }
    List<String> names = classNames(splits);
    Map<String, Integer> classes = training.labels.classes(names);
    ImageShape shape = training.firstShape();
    Map<Split, JavaRDD<Example>> examples = new EnumMap<>(Split.class);
    Map<Split, Integer> counts = new EnumMap<>(Split.class);
    for (Map.Entry<Split, SplitRows> split : splits.entrySet()) {
      split.getValue().refuseOthers(shape, classes.keySet());
      examples.put(split.getKey(), split.getValue().indexed(classes, shape.channels()));
      counts.put(split.getKey(), split.getValue().examples());
    }
    IngestOptions options =
        IngestOptions.own(DatasetKind.HUGGINGFACE, SOURCE, settings, rows.folder());
    Ingestion.run(
        options, ReadExamples.of(names, shape, training.validation(), examples, counts), spark);
  }

  private List<String> classNames(Map<Split, SplitRows> splits) {
    LabelColumn labels = splits.get(Split.TRAIN).labels;
    Set<String> known = new TreeSet<>(splits.get(Split.TRAIN).labelsSeen());
    if (!labels.text()) {
      splits.values().forEach(split -> known.addAll(split.labelsSeen()));
    }
    List<String> names = labels.classNames(known, rows.classNames());
    // Of numbers with names or gaps, one may be the only one that is there.
    String problem = ClassNames.problem(Math.min(names.size(), known.size()));
    if (!problem.isEmpty()) {
      throw new IllegalArgumentException(refused(problem));
    }
    return names;
  }

  private static String refused(String reason) {
    return String.format(Locale.ROOT, "Cannot ingest %s: %s", SOURCE, reason);
  }

  /** What a partition of a split holds. */
  private static final class Summary implements Serializable {
    private static final long serialVersionUID = 1L;

    private int training;
    private int validation;
    private long withoutImage;
    private long withoutLabel;
    private String unreadable = "";
    private final Set<String> labels = new TreeSet<>();
    private ImageShape shape;

    static Summary of(Iterator<ReadRow> rows) {
      Summary summary = new Summary();
      rows.forEachRemaining(summary::add);
      return summary;
    }

    private void add(ReadRow row) {
      if (row instanceof Good good) {
        if (good.validates()) {
          validation++;
        } else {
          training++;
        }
        labels.add(good.label());
        shape = shape == null ? good.shape() : shape;
      } else if (row instanceof WithoutImage) {
        withoutImage++;
      } else if (row instanceof WithoutLabel) {
        withoutLabel++;
      } else if (row instanceof Unreadable image && unreadable.isEmpty()) {
        unreadable = image.reason();
      }
    }
  }

  /** The rows of a split, read. Lives on the driver. */
  private static final class SplitRows {
    private final Images.Rows options;
    private final ImageFileSettings settings;
    private final String name;
    private final LabelColumn labels;
    private final JavaRDD<ReadRow> read;
    private List<Summary> summaries = List.of();

    SplitRows(Dataset<Row> split, Images.Rows options, ImageFileSettings settings, String name) {
      this.options = options;
      this.settings = settings;
      this.name = name;
      this.labels = LabelColumn.of(split.schema(), options.labelColumn());
      ImageColumn images = ImageColumn.of(split.schema(), options.imageColumn(), options.shape());
      Set<String> columns = new LinkedHashSet<>();
      columns.add(options.imageColumn());
      columns.add(options.labelColumn());
      String validation = "";
      if (options.validation() instanceof Images.Validation.Column validates
          && name.equals(TRAIN)) {
        checkValidation(split, validates.name());
        validation = validates.name();
        columns.add(validation);
      }
      if (List.of(split.columns()).contains(PATH)) {
        columns.add(PATH); // As errors name an image.
      }
      Reading reading = new Reading(images, labels, options.labelColumn(), validation, settings);
      this.read =
          split
              .select(columns.stream().map(ImageColumn::named).toArray(Column[]::new))
              .toJavaRDD()
              .mapPartitionsWithIndex(
                  (partition, rows) -> new ReadRows(partition, rows, reading), true)
              .persist(StorageLevel.MEMORY_AND_DISK());
    }

    private static void checkValidation(Dataset<Row> split, String column) {
      DataType type = ImageColumn.type(split.schema(), column);
      if (!(type instanceof BooleanType)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid column %s: it is of type %s (must be boolean: true for rows that validate)",
                column,
                type.simpleString()));
      }
    }

    /** Reads all rows once, and refuses what is no example. */
    void look() throws IOException {
      summaries = read.mapPartitions(rows -> List.of(Summary.of(rows)).iterator()).collect();
      refuse(
          options.imageColumn(),
          summaries.stream().mapToLong(part -> part.withoutImage).sum(),
          "null");
      refuse(
          options.labelColumn(),
          summaries.stream().mapToLong(part -> part.withoutLabel).sum(),
          labels.problem());
      for (Summary part : summaries) {
        if (!part.unreadable.isEmpty()) {
          throw new IOException(part.unreadable);
        }
      }
    }

    private void refuse(String column, long count, String what) {
      if (count > 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid column %s: %d of the %s rows %s %s (leave such rows out)",
                column,
                count,
                name,
                count == 1 ? "is" : "are",
                what));
      }
    }

    int examples() {
      return summaries.stream().mapToInt(part -> part.training + part.validation).sum();
    }

    int validation() {
      return summaries.stream().mapToInt(part -> part.validation).sum();
    }

    Set<String> labelsSeen() {
      Set<String> all = new TreeSet<>();
      summaries.forEach(part -> all.addAll(part.labels));
      return all;
    }

    ImageShape firstShape() {
      return summaries.stream()
          .flatMap(part -> Optional.ofNullable(part.shape).stream())
          .findFirst()
          .orElseThrow();
    }

    /** Refuses images of another shape, and labels that are no class. */
    void refuseOthers(ImageShape shape, Set<String> classes) {
      Set<String> known = new TreeSet<>(classes); // Other sets of keys do not go to executors.
      long strangers =
          known.containsAll(labelsSeen())
              ? 0
              : read.filter(row -> !known.contains(((Good) row).label())).count();
      refuse(
          options.labelColumn(),
          strangers,
          labels.text()
              ? labels.problem()
              : String.format(Locale.ROOT, "beyond the %d classes", classes.size()));
      ImageFileSettings wanted = settings; // Not this object, which has a DataFrame.
      List<String> refusals =
          read.map(
                  row ->
                      wanted.refusal(((Good) row).name(), ((Good) row).shape(), shape).orElse(""))
              .filter(refusal -> !refusal.isEmpty())
              .take(1);
      for (String refusal : refusals) {
        throw new IllegalArgumentException(refusal);
      }
    }

    /** The examples; those that validate have the first indices. */
    JavaRDD<Example> indexed(Map<String, Integer> classes, int channels) {
      int[] validation = new int[summaries.size()];
      int[] training = new int[summaries.size()];
      int validationBefore = 0;
      int trainingBefore = validation();
      for (int part = 0; part < summaries.size(); part++) {
        validation[part] = validationBefore;
        training[part] = trainingBefore;
        validationBefore += summaries.get(part).validation;
        trainingBefore += summaries.get(part).training;
      }
      return read.mapPartitionsWithIndex(
          (part, rows) -> new Indexing(rows, classes, channels, validation[part], training[part]),
          true);
    }
  }

  /** Reads a row. Serialized to executors. */
  private record Reading(
      ImageColumn images,
      LabelColumn labels,
      String labelColumn,
      String validationColumn,
      ImageFileSettings settings)
      implements Serializable {
    ReadRow read(Row row, String place) {
      if (images.isMissing(row)) {
        return new WithoutImage();
      }
      Optional<String> label = labels.read(row, row.fieldIndex(labelColumn));
      if (label.isEmpty()) {
        return new WithoutLabel();
      }
      boolean validates =
          !validationColumn.isEmpty() && Boolean.TRUE.equals(row.<Boolean>getAs(validationColumn));
      String name = images.described(row, place);
      try {
        DecodedImage image = decoded(images.image(row, name));
        return new Good(name, image.shape(), image.pixels(), label.get(), validates);
      } catch (IOException e) {
        return new Unreadable(e.getMessage());
      }
    }

    private DecodedImage decoded(RawImage image) throws IOException {
      if (image instanceof RawImage.Pixels pixels) {
        return settings.prepare(new DecodedImage(pixels.shape(), pixels.levels()));
      }
      RawImage.Encoded encoded = (RawImage.Encoded) image;
      return DecodedImage.decode(encoded.file(), encoded.name(), settings);
    }
  }

  /** Rows of a partition, read one at a time. Lives on executors. */
  private static final class ReadRows implements Iterator<ReadRow> {
    private final int partition;
    private final Iterator<Row> rows;
    private final Reading reading;
    private int number;

    ReadRows(int partition, Iterator<Row> rows, Reading reading) {
      this.partition = partition;
      this.rows = rows;
      this.reading = reading;
    }

    @Override
    public boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    public ReadRow next() {
      String place = String.format(Locale.ROOT, "in row %d of partition %d", number++, partition);
      return reading.read(rows.next(), place);
    }
  }

  /** Examples of a partition. Lives on executors. */
  private static final class Indexing implements Iterator<Example> {
    private final Iterator<ReadRow> rows;
    private final Map<String, Integer> classes;
    private final int channels;
    private int validation;
    private int training;

    Indexing(
        Iterator<ReadRow> rows,
        Map<String, Integer> classes,
        int channels,
        int validation,
        int training) {
      this.rows = rows;
      this.classes = classes;
      this.channels = channels;
      this.validation = validation;
      this.training = training;
    }

    @Override
    public boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    public Example next() {
      Good row = (Good) rows.next();
      int index = row.validates() ? validation++ : training++;
      // Grey images after a first one in colours.
      byte[] pixels = new DecodedImage(row.shape(), row.pixels()).withChannels(channels).pixels();
      return new Example(index, pixels, classes.get(row.label()), 0);
    }
  }
}
