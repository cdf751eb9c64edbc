package org.isonorm.data.shard;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.apache.parquet.hadoop.ParquetWriter;
import org.isonorm.data.source.DatasetKind;

/**
 * What an ingested data set is: the {@code manifest.json} beside its Parquet files. Immutable;
 * created on the driver, serialized to executors.
 *
 * @param formatVersion version of the layout, {@value #FORMAT_VERSION}
 * @param dataset name of the data set, as in {@link DatasetKind#id()}
 * @param classes number of classes; labels are 0 to classes − 1
 * @param classNames a name a class, by label
 * @param coarseClassNames a name a coarse class, by coarse label; empty where a data set has none
 * @param layout order of an image's bytes: {@value #LAYOUT}, or {@value #ENCODED_LAYOUT}, which
 *     earlier versions refuse
 * @param mean mean of the training images, a value a channel, in units where black is 0 and white
 *     is 1
 * @param std standard deviation of the training images (of all pixels, divided by their number), in
 *     the same units
 * @param exif how image files were turned; upright, as in older manifests, where there were none
 * @param seed seed of the stored order, and of the images where they are synthetic
 * @param validationExamples rows at the start of the training split that its source means for
 *     validation, and which mean and deviation leave out; 0, as in older manifests, for none
 * @param rowGroupBytes of images after which a row group of the files ends, but not before {@value
 *     #LEAST_GROUP} rows; Parquet's usual ones, in older manifests
 * @param imageBytes of a stored image, in the mean over the training split; those of its pixels, in
 *     older manifests
 * @param splits what each split holds
 * @param sources the files the data set was made from; empty where it is synthetic
 * @param skipped the images that were left out because they cannot be read
 * @param versions of the software that wrote it, by name
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record DatasetManifest(
    int formatVersion,
    String dataset,
    int classes,
    List<String> classNames,
    List<String> coarseClassNames,
    int height,
    int width,
    int channels,
    String layout,
    List<Double> mean,
    List<Double> std,
    ExifPolicy exif,
    long seed,
    int validationExamples,
    long rowGroupBytes,
    long imageBytes,
    Map<Split, SplitManifest> splits,
    List<SourceFile> sources,
    List<SkippedFile> skipped,
    Map<String, String> versions)
    implements Serializable {
  public static final int FORMAT_VERSION = 1;
  public static final String LAYOUT = "row-major HWC uint8";

  /** Of images that are stored as the files they came in. */
  public static final String ENCODED_LAYOUT = "image file, resized to row-major HWC uint8";

  /** Rows that a row group has at least, however large they are, by Parquet's writer. */
  public static final int LEAST_GROUP = 100;

  /** The manifest's name inside the data set's folder. */
  public static final String FILE_NAME = "manifest.json";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public DatasetManifest {
    if (formatVersion != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Unsupported format version: %d (this version reads %d; ingest the data set again)",
              formatVersion,
              FORMAT_VERSION));
    }
    if (!LAYOUT.equals(layout) && !ENCODED_LAYOUT.equals(layout)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Unsupported layout: '%s' (must be '%s' or '%s')",
              layout,
              LAYOUT,
              ENCODED_LAYOUT));
    }
    classNames = List.copyOf(classNames);
    coarseClassNames = List.copyOf(coarseClassNames);
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    exif = exif == null ? ExifPolicy.UPRIGHT : exif;
    rowGroupBytes = rowGroupBytes == 0 ? ParquetWriter.DEFAULT_BLOCK_SIZE : rowGroupBytes;
    splits = Collections.unmodifiableMap(new TreeMap<>(splits));
    sources = List.copyOf(sources);
    // A data set that an earlier version ingested has none.
    skipped = skipped == null ? List.of() : List.copyOf(skipped);
    versions = Collections.unmodifiableMap(new TreeMap<>(versions));
    if (classes <= 1 || classNames.size() != classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid classes: %d with %d names (must be at least 2, with a name each)",
              classes,
              classNames.size()));
    }
    ImageShape shape = new ImageShape(height, width, channels);
    if (mean.size() != shape.channels() || std.size() != shape.channels()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid statistics: %d means and %d standard deviations for %d channels",
              mean.size(),
              std.size(),
              channels));
    }
    for (double deviation : std) {
      if (!(deviation > 0 && deviation <= 1)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid standard deviation: %s (must be > 0 and at most 1)",
                deviation));
      }
    }
    for (Split split : Split.values()) {
      if (!splits.containsKey(split)) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid splits: %s is missing", split.directory()));
      }
      int counted = splits.get(split).examplesPerClass().size();
      if (counted != classes) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid %s split: counts of %d classes (must be %d)",
                split.directory(),
                counted,
                classes));
      }
    }
    imageBytes = imageBytes == 0 ? shape.size() : imageBytes;
    if (rowGroupBytes < 0 || imageBytes < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid sizes: %d bytes a row group and %d an image (must be >= 0)",
              rowGroupBytes,
              imageBytes));
    }
    long training = splits.get(Split.TRAIN).examples();
    if (validationExamples < 0 || validationExamples >= training) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid validation examples: %d (must be 0 to less than the %d rows of the training split)",
              validationExamples,
              training));
    }
  }

  /** Shape of every image. */
  public ImageShape shape() {
    return new ImageShape(height, width, channels);
  }

  /** Whether images are stored as files, to be decoded when they are read. */
  @JsonIgnore
  public boolean isEncoded() {
    return layout.equals(ENCODED_LAYOUT);
  }

  /** What that split holds. */
  public SplitManifest split(Split split) {
    return splits.get(split);
  }

  /** Whether the rows carry a coarse label beside the label. */
  @JsonIgnore
  public boolean hasCoarseLabels() {
    return !coarseClassNames.isEmpty();
  }

  /**
   * Loads the manifest of the data set in that folder.
   *
   * @param datasetUri folder of an ingested data set: a local path, or a {@code file:}, {@code
   *     hdfs:}, {@code s3a:} URI
   * @throws IOException in one sentence if there is none or it is not readable
   */
  public static DatasetManifest load(String datasetUri, Configuration hadoop) throws IOException {
    if (datasetUri.isEmpty()) {
      throw new IllegalArgumentException(
          "Invalid data set: '' (must be the folder of an ingested data set)");
    }
    Path file = new Path(new Path(datasetUri), FILE_NAME);
    byte[] json = read(datasetUri, file, hadoop);
    try {
      DatasetManifest manifest = JSON.readValue(json, DatasetManifest.class);
      if (manifest == null) {
        throw new IOException("it is null");
      }
      return manifest;
    } catch (JsonProcessingException e) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read manifest %s: %s", file, reason(e)), e);
    } catch (IOException e) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read manifest %s: it is not JSON", file), e);
    }
  }

  /**
   * The SHA-256 of a data set's manifest, in hexadecimal: two folders with the same one hold the
   * same data set.
   *
   * @throws IOException as {@link #load} does
   */
  public static String checksum(String datasetUri, Configuration hadoop) throws IOException {
    Path file = new Path(new Path(datasetUri), FILE_NAME);
    MessageDigest sha256 = Checksums.sha256();
    sha256.update(read(datasetUri, file, hadoop));
    return Checksums.hex(sha256);
  }

  private static byte[] read(String datasetUri, Path file, Configuration hadoop)
      throws IOException {
    try (InputStream in = file.getFileSystem(hadoop).open(file)) {
      return in.readAllBytes();
    } catch (FileNotFoundException e) {
      String why =
          isForbidden(datasetUri, hadoop) || isForbidden(file, hadoop)
              ? "permission denied"
              : "it has no " + FILE_NAME + " (make one with isonorm ingest)";
      throw new IOException(
          String.format(Locale.ROOT, "Cannot open data set %s: %s", datasetUri, why), e);
    } catch (IOException e) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read manifest %s: %s", file, e.getMessage()), e);
    }
  }

  /**
   * Whether this user may not look into a data set's folder, or into one that it is in: its files
   * seem not to be there.
   */
  public static boolean isForbidden(String datasetUri, Configuration hadoop) throws IOException {
    Path folder = new Path(datasetUri);
    FileSystem fileSystem = folder.getFileSystem(hadoop);
    try {
      fileSystem.listStatus(folder);
      return false;
    } catch (FileNotFoundException e) {
      return isForbidden(folder, hadoop);
    } catch (AccessDeniedException | AccessControlException e) {
      return true;
    }
  }

  /**
   * Whether this user may not open a file of which Hadoop says that it is not there: as it may not
   * be read, or is in a folder that may not be entered, of which nobody can say what it holds.
   */
  public static boolean isForbidden(Path file, Configuration hadoop) throws IOException {
    Path whole = file.getFileSystem(hadoop).makeQualified(file);
    if (!"file".equals(whole.toUri().getScheme())) {
      return false;
    }
    java.nio.file.Path local = java.nio.file.Path.of(whole.toUri().getPath());
    return Files.exists(local) ? !Files.isReadable(local) : !Files.notExists(local);
  }

  private static String reason(JsonProcessingException e) {
    if (e.getCause() instanceof NullPointerException) {
      return "a value is missing";
    }
    boolean own = e.getCause() instanceof IllegalArgumentException;
    return Unreadable.reason(own ? e.getCause() : new IOException(e.getOriginalMessage()));
  }

  /** Writes the manifest into the folder, replacing none. */
  public void save(FileSystem fileSystem, Path folder) throws IOException {
    try (OutputStream out = fileSystem.create(new Path(folder, FILE_NAME), false)) {
      out.write((JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }
}
