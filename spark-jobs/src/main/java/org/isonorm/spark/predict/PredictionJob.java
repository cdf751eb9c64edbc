package org.isonorm.spark.predict;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.isonorm.data.ingestion.OutputFolder;
import org.isonorm.data.shard.NamedOutput;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.spark.jobs.OwnSentence;
import org.isonorm.spark.predict.ParquetTables.Lost;
import org.isonorm.spark.preflight.TaskSlots;

/**
 * Predicts the classes of images, a row an image, on a session's executors. One Spark job without a
 * shuffle: tasks read, decode, score and write, and hold a few batches at a time. Lives on the
 * driver.
 */
public final class PredictionJob {
  /** In every folder of predictions; readers of Parquet, CSV and JSON leave such a name out. */
  static final String SUMMARY = "_predictions.json";

  private static final String KIND = "a folder of predictions";

  /** Images that cannot be read which are told by name; the rows tell all. */
  private static final int MOST_NAMED = 10;

  /** The network alone is timed for a share of the time that predicting took. */
  private static final double TIMED_SHARE = 0.05;

  private static final double LONGEST_TIMED_SECONDS = 2;
  private static final double NANOSECONDS = 1e9;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final PredictionRequest request;
  private final SparkSession spark;
  private final JavaSparkContext context;
  private final ScoringModel model;
  private final LongAccumulator examples;
  private final LongAccumulator unreadable;
  private final LongAccumulator running;
  private final LongAccumulator runningNanoseconds;
  private final CollectionAccumulator<String> reasons;
  private final CollectionAccumulator<ParquetTables.Rows> read;

  private PredictionJob(PredictionRequest request, SparkSession spark, ScoringModel model) {
    this.request = request;
    this.spark = spark;
    this.model = model;
    this.context = new JavaSparkContext(spark.sparkContext());
    this.examples = spark.sparkContext().longAccumulator();
    this.unreadable = spark.sparkContext().longAccumulator();
    this.running = spark.sparkContext().longAccumulator();
    this.runningNanoseconds = spark.sparkContext().longAccumulator();
    this.reasons = spark.sparkContext().collectionAccumulator();
    this.read = spark.sparkContext().collectionAccumulator();
  }

  /**
   * Predicts.
   *
   * @param lines takes a line for each of the first images that cannot be read
   * @throws IllegalArgumentException in one sentence with the remedy, if the request cannot work
   * @throws IOException in one sentence that names the file, if model or input cannot be read or
   *     the output cannot be written; nothing is left behind
   */
  public static PredictionSummary run(
      PredictionRequest request, SparkSession spark, Consumer<String> lines) throws IOException {
    ScoringModel model =
        ScoringModel.load(request.model())
            .withMaxPixels(request.maxPixels())
            .withTestTimeAugmentation(request.augmentation());
    int classes = model.classNames().size();
    if (request.top() > classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --top: %d (must be at most %d, the model's classes)",
              request.top(),
              classes));
    }
    return new PredictionJob(request, spark, model).run(lines);
  }

  /**
   * Checks what can be without a cluster, within a second.
   *
   * @throws IllegalArgumentException in one sentence, if there is something at the output's place
   * @throws IOException likewise, if the input is not there
   */
  public static void check(PredictionRequest request, Configuration hadoop) throws IOException {
    OutputFolder.check(request.out(), request.overwrite(), SUMMARY, KIND, hadoop);
    PredictionInput.check(request.input());
  }

  private PredictionSummary run(Consumer<String> lines) throws IOException {
    Broadcast<ScoringModel> broadcast = context.broadcast(model);
    try (OutputFolder folder =
        OutputFolder.begin(
            request.out(), request.overwrite(), SUMMARY, KIND, context.hadoopConfiguration())) {
      PredictionInput<?> input = PredictionInput.open(request.input(), request.column(), spark);
      int slots = TaskSlots.all(context, TaskSlots.TIMEOUT_SECONDS);
      int partitions = Math.max(1, input.rows().getNumPartitions());
      int tasks = Math.min(slots, partitions);
      int threads = Math.max(1, slots / partitions);
      long start = System.nanoTime();
      write(predicted(input, broadcast, threads), folder);
      double seconds = (System.nanoTime() - start) / NANOSECONDS;
      long predicted = examples.value();
      List<Lost> lost = input.tables().map(tables -> tables.lost(read.value())).orElseGet(List::of);
      writeLost(lost, folder);
      long missing = lost.stream().mapToLong(Lost::count).sum();
      List<Named> named =
          Stream.concat(
                  lost.stream().map(rows -> new Named(rows.sentence(), rows.count())),
                  reasons.value().stream().map(reason -> new Named(reason, 1)))
              .limit(MOST_NAMED)
              .toList();
      PredictionSummary summary =
          new PredictionSummary(
              request.model().toString(),
              request.input(),
              request.augmentation().label(),
              model.classNames(),
              predicted + missing,
              unreadable.value() + missing,
              seconds,
              predicted / seconds,
              running.value() == 0
                  ? null
                  : tasks * NANOSECONDS * running.value() / runningNanoseconds.value(),
              InferenceSpeed.measure(
                  context,
                  broadcast,
                  tasks,
                  threads,
                  Math.min(LONGEST_TIMED_SECONDS, TIMED_SHARE * seconds)),
              named.stream().map(Named::sentence).toList());
      save(summary, folder);
      folder.publish();
      summary.firstUnreadable().forEach(lines);
      long more = summary.unreadable() - named.stream().mapToLong(Named::images).sum();
      if (more > 0) {
        lines.accept(
            String.format(
                Locale.ROOT, "and %,d more; their rows in %s say why", more, folder.out()));
      }
      return summary;
    } finally {
      broadcast.destroy();
    }
  }

  /** A sentence on so many images. */
  private record Named(String sentence, long images) {}

  /**
   * Rows for what is lost.
   *
   * @throws IOException if that is all there is
   */
  private void writeLost(List<Lost> lost, OutputFolder folder) throws IOException {
    if (lost.isEmpty()) {
      return;
    }
    if (examples.value() == 0) {
      throw new IOException(lost.get(0).sentence());
    }
    PredictionRows rows = rows();
    write(context.parallelize(lost).flatMap(part -> part.written(rows)), folder);
  }

  private PredictionRows rows() {
    return new PredictionRows(model.classNames(), request.top(), isFlat());
  }

  private <T> JavaRDD<Row> predicted(
      PredictionInput<T> input, Broadcast<ScoringModel> broadcast, int threads) {
    Scoring<T> scoring = Scoring.by(broadcast, input.images()).withThreads(threads);
    String named = request.input();
    PredictionRows rows = rows();
    PredictionInput.Origins<T> origins = input.origins();
    Counters counters =
        new Counters(examples, unreadable, running, runningNanoseconds, reasons, read);
    int batch = model.batch();
    return input
        .rows()
        .mapPartitions(
            part -> new Written<>(scoring.score(part), batch, named, rows, origins, counters));
  }

  /** What tasks count. Serialized to executors, as Spark does with accumulators. */
  private record Counters(
      LongAccumulator examples,
      LongAccumulator unreadable,
      LongAccumulator running,
      LongAccumulator runningNanoseconds,
      CollectionAccumulator<String> reasons,
      CollectionAccumulator<ParquetTables.Rows> read)
      implements Serializable {}

  /** The rows of a task, counted as they are written. */
  private static final class Written<T> implements Iterator<Row> {
    private final Iterator<Scored<T>> scored;
    private final int batch;
    private final String input;
    private final PredictionRows rows;
    private final PredictionInput.Origins<T> origins;
    private final Counters counters;
    private int told;
    private long count;
    private long firstBatchEnd;

    /** Rows of one file, one after another, that are not told yet. */
    private ParquetTables.Rows run = new ParquetTables.Rows("", 0, 0);

    Written(
        Iterator<Scored<T>> scored,
        int batch,
        String input,
        PredictionRows rows,
        PredictionInput.Origins<T> origins,
        Counters counters) {
      this.scored = scored;
      this.batch = batch;
      this.input = input;
      this.rows = rows;
      this.origins = origins;
      this.counters = counters;
    }

    @Override
    public boolean hasNext() {
      if (count == batch && firstBatchEnd == 0) {
        firstBatchEnd = System.nanoTime();
      }
      boolean more = ofInput(scored::hasNext);
      if (!more) {
        tellRun();
        run = new ParquetTables.Rows("", 0, 0);
        if (count > batch) {
          counters.running().add(count - batch);
          counters.runningNanoseconds().add(System.nanoTime() - firstBatchEnd);
          count = 0; // This is told once.
        }
      }
      return more;
    }

    /** Reading and scoring, whose errors of files are not the output's. */
    private <V> V ofInput(Supplier<V> reading) {
      try {
        return reading.get();
      } catch (RuntimeException e) {
        String reason = Unreadable.sentenceOrReason(e);
        if (OwnSentence.is(reason) || !(root(e) instanceof IOException)) {
          throw e;
        }
        throw new IllegalStateException(cannotPredict(input, reason), e);
      }
    }

    private void tellRun() {
      if (run.first() < run.end()) {
        counters.read().add(run);
      }
    }

    private void addToRun(PredictionInput.Origin origin) {
      if (origin.row() == null) {
        return;
      }
      if (!run.path().equals(origin.path()) || run.end() != origin.row()) {
        tellRun();
        run = new ParquetTables.Rows(origin.path(), origin.row(), origin.row());
      }
      run = new ParquetTables.Rows(run.path(), run.first(), origin.row() + 1);
    }

    @Override
    public Row next() {
      Scored<T> next = ofInput(scored::next);
      counters.examples().add(1);
      count++;
      if (next.outcome() instanceof Scored.Unreadable image) {
        counters.unreadable().add(1);
        if (told < MOST_NAMED) {
          counters.reasons().add(image.reason());
          told++;
        }
      }
      PredictionInput.Origin origin = origins.of(next.row());
      addToRun(origin);
      return rows.row(origin, next.outcome());
    }
  }

  /** Whether a row has no array in it, because the format has none. */
  private boolean isFlat() {
    return request.format() == PredictionFormat.CSV;
  }

  private void write(JavaRDD<Row> rows, OutputFolder folder) throws IOException {
    StructType schema = PredictionRows.schema(request.top(), isFlat());
    DataFrameWriter<Row> writer = spark.createDataFrame(rows, schema).write().mode(SaveMode.Append);
    String path = folder.temporary().toString();
    try {
      switch (request.format()) {
        case PARQUET -> writer.parquet(path);
        case CSV -> writer.option("header", true).csv(path);
        case JSONL -> writer.json(path);
      }
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare.
      throw failed(e, folder);
    }
  }

  /** What is wrong with the input is a sentence already, so other errors of files are writing's. */
  private IOException failed(Exception e, OutputFolder folder) {
    String reason = Unreadable.sentenceOrReason(e);
    if (OwnSentence.is(reason)) {
      return new IOException(reason, e);
    }
    return root(e) instanceof IOException
        ? NamedOutput.cannotWrite(folder.out(), e)
        : new IOException(cannotPredict(request.input(), reason), e);
  }

  private static String cannotPredict(String input, String reason) {
    return String.format(Locale.ROOT, "Cannot predict %s: %s", input, reason);
  }

  private static Throwable root(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static void save(PredictionSummary summary, OutputFolder folder) throws IOException {
    byte[] text = (JSON.writeValueAsString(summary) + "\n").getBytes(StandardCharsets.UTF_8);
    NamedOutput.inOneSentence(
        folder.out(),
        () -> {
          try (OutputStream out =
              folder.fileSystem().create(new Path(folder.temporary(), SUMMARY), false)) {
            out.write(text);
          }
        });
  }
}
