package org.isonorm.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.schema.MessageType;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.Unreadable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data set in the Parquet layouts of the Hugging Face hub, whose rows hold an encoded image as
 * {@code struct<bytes, path>} and its label. A file's name or its folder's says which split it is
 * of: {@code train-00000-of-00002.parquet}, {@code data/validation-*.parquet}, {@code
 * default/train/0000.parquet}; where no name does, all are training files. Class names come from
 * the files' own description of their features.
 *
 * @param name {@code cifar10} or {@code cifar100} where its classes are theirs
 * @param shape of every image, resized where that was asked for
 * @param columns what is read of the rows
 * @param groups each split's row groups, in index order; the validation examples are the first of
 *     the training split
 * @param validationExamples examples of the validation split that it came with; 0 for none
 * @param files every file with its checksum
 */
public record HuggingFaceCopy(
    String name,
    List<String> classNames,
    List<String> coarseClassNames,
    ImageShape shape,
    HuggingFaceColumns columns,
    Map<Split, List<RowGroup>> groups,
    int validationExamples,
    List<SourceFile> files) {
  private static final Logger log = LoggerFactory.getLogger(HuggingFaceCopy.class);

  private static final List<String> CIFAR10_CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  /** Folders below the source, as in {@code default/train/0000.parquet}. */
  private static final int DEEPEST = 4;

  /**
   * One row group of a file.
   *
   * @param chosen its rows that belong to the split, by their rank in the group
   */
  public record RowGroup(String file, int group, BitSet chosen) implements Serializable {
    public int rows() {
      return chosen.cardinality();
    }
  }

  /**
   * Opens a copy, and reads every file of it once for checksums and labels.
   *
   * @param source the folder of the files, or one that holds that folder, or one file
   * @param seed of the choice of what is held out where there are no test files
   * @throws IOException in one sentence that names the file and what is wrong with it
   */
  public static HuggingFaceCopy open(
      String source, ImageFileSettings settings, long seed, Configuration hadoop)
      throws IOException {
    Path root = new Path(source);
    return new Opener(source, settings, seed, root.getFileSystem(hadoop), hadoop)
        .open(root.getFileSystem(hadoop).makeQualified(root));
  }

  /** The work of {@link #open}. */
  private static final class Opener {
    private final String source;
    private final ImageFileSettings settings;
    private final long seed;
    private final FileSystem fileSystem;
    private final Configuration hadoop;
    private final Map<SourceSplit, List<Labelled>> read = new EnumMap<>(SourceSplit.class);
    private final List<SourceFile> files = new ArrayList<>();
    private HuggingFaceColumns columns;
    private String features = "";
    private ImageShape shape;
    private int greatestLabel;
    private int greatestCoarseLabel;

    /** A row group and its labels. */
    private record Labelled(String file, int group, int[] labels) {}

    Opener(
        String source,
        ImageFileSettings settings,
        long seed,
        FileSystem fileSystem,
        Configuration hadoop) {
      this.source = source;
      this.settings = settings;
      this.seed = seed;
      this.fileSystem = fileSystem;
      this.hadoop = hadoop;
    }

    public HuggingFaceCopy open(Path root) throws IOException {
      for (Map.Entry<SourceSplit, List<Path>> ofSplit : find(root).entrySet()) {
        List<Labelled> ofFiles = new ArrayList<>();
        for (Path file : ofSplit.getValue()) {
          ofFiles.addAll(Unreadable.inOneSentence(file, () -> read(file)));
        }
        if (ofFiles.isEmpty()) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "Cannot ingest %s: its %s files hold no rows",
                  source,
                  ofSplit.getKey().label()));
        }
        read.put(ofSplit.getKey(), ofFiles);
      }
      Map<Split, List<RowGroup>> groups = new EnumMap<>(Split.class);
      List<RowGroup> validation = all(read.getOrDefault(SourceSplit.VALIDATION, List.of()));
      List<Labelled> training = read.get(SourceSplit.TRAIN);
      List<RowGroup> train = new ArrayList<>(validation);
      if (read.containsKey(SourceSplit.TEST)) {
        settings.requireNoTestFraction(source);
        train.addAll(all(training));
        groups.put(Split.TEST, all(read.get(SourceSplit.TEST)));
      } else {
        groups.put(Split.TEST, new ArrayList<>());
        holdOut(training, train, groups.get(Split.TEST));
      }
      groups.put(Split.TRAIN, train);
      List<String> classNames = names(columns.label(), greatestLabel, "class");
      List<String> coarseClassNames =
          columns.hasCoarseLabel()
              ? names(columns.coarseLabel(), greatestCoarseLabel, "coarse class")
              : List.of();
      return new HuggingFaceCopy(
          name(classNames),
          classNames,
          coarseClassNames,
          shape,
          columns,
          groups,
          validation.stream().mapToInt(RowGroup::rows).sum(),
          files);
    }

    private static List<RowGroup> all(List<Labelled> groups) {
      List<RowGroup> all = new ArrayList<>();
      for (Labelled group : groups) {
        BitSet rows = new BitSet();
        rows.set(0, group.labels().length);
        all.add(new RowGroup(group.file(), group.group(), rows));
      }
      return all;
    }

    private void holdOut(List<Labelled> training, List<RowGroup> train, List<RowGroup> test)
        throws IOException {
      int[] labels =
          training.stream().flatMapToInt(group -> IntStream.of(group.labels())).toArray();
      BitSet held = HeldOut.choose(labels, settings.testFraction(), seed);
      if (held.isEmpty()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: it has no test files, and every class has one image (must be at least 2, of which one is held out)",
                source));
      }
      log.info(
          "{} has no test files: {} of {} training images are held out",
          source,
          held.cardinality(),
          labels.length);
      int first = 0;
      for (Labelled group : training) {
        BitSet ofTest = held.get(first, first + group.labels().length);
        BitSet ofTrain = (BitSet) ofTest.clone();
        ofTrain.flip(0, group.labels().length);
        first += group.labels().length;
        if (!ofTest.isEmpty()) {
          test.add(new RowGroup(group.file(), group.group(), ofTest));
        }
        if (!ofTrain.isEmpty()) {
          train.add(new RowGroup(group.file(), group.group(), ofTrain));
        }
      }
    }

    private String name(List<String> classNames) {
      boolean likeCifar = shape.equals(ImageShape.CIFAR);
      if (likeCifar && classNames.equals(CIFAR10_CLASSES)) {
        return DatasetKind.CIFAR10.id();
      }
      return likeCifar && columns.hasCoarseLabel() && classNames.size() == 100
          ? DatasetKind.CIFAR100.id()
          : DatasetKind.HUGGINGFACE.id();
    }

    /** Every split's files, by name. */
    private Map<SourceSplit, List<Path>> find(Path root) throws IOException {
      List<Path> found = new ArrayList<>();
      addParquet(root, found, 0);
      if (found.isEmpty()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: it holds no .parquet file (must hold train-*.parquet and, if there are any, validation-*.parquet and test-*.parquet)",
                source));
      }
      Map<Path, Optional<SourceSplit>> splitOf = new LinkedHashMap<>();
      Set<String> dataSets = new TreeSet<>();
      for (Path file : found) {
        List<String> folders = folders(root, file);
        splitOf.put(file, SourceSplit.of(source, file.getName(), folders, file));
        dataSets.add(
            folders.stream()
                .filter(name -> SourceSplit.ofFolder(name).isEmpty())
                .collect(Collectors.joining("/")));
      }
      if (dataSets.size() > 1) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: it holds several data sets, in %s (give one of these folders as --source)",
                source,
                dataSets.stream()
                    .map(name -> name.isEmpty() ? "itself" : name)
                    .collect(Collectors.joining(", "))));
      }
      Map<SourceSplit, List<Path>> splits = SourceSplit.group(source, splitOf, Path::getName);
      if (!splits.containsKey(SourceSplit.TRAIN)) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: it has %s files alone (must have train-*.parquet)",
                source,
                splits.keySet().stream()
                    .map(SourceSplit::label)
                    .collect(Collectors.joining(" and "))));
      }
      return splits;
    }

    /** Names of the folders between the source and a file. */
    private static List<String> folders(Path root, Path file) {
      List<String> names = new ArrayList<>();
      for (Path at = file.getParent();
          at != null && !at.equals(root) && !file.equals(root);
          at = at.getParent()) {
        names.add(0, at.getName());
      }
      return names;
    }

    private void addParquet(Path folder, List<Path> found, int depth) throws IOException {
      FileStatus[] content = list(folder);
      Arrays.sort(content, Comparator.comparing(FileStatus::getPath));
      for (FileStatus entry : content) {
        String name = entry.getPath().getName();
        if (name.startsWith(".")) {
          continue;
        }
        if (entry.isDirectory() && depth < DEEPEST) {
          addParquet(entry.getPath(), found, depth + 1);
        } else if (entry.isFile() && name.toLowerCase(Locale.ROOT).endsWith(".parquet")) {
          found.add(entry.getPath());
        }
      }
    }

    private FileStatus[] list(Path folder) throws IOException {
      try {
        return fileSystem.listStatus(folder);
      } catch (FileNotFoundException e) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: %s",
                source,
                DatasetManifest.isForbidden(folder, fileSystem.getConf())
                    ? "permission denied"
                    : "it does not exist"),
            e);
      }
    }

    /** The row groups of a file that hold any rows. */
    private List<Labelled> read(Path file) throws IOException {
      String name = file.getName();
      files.add(checksum(file));
      List<Labelled> read = new ArrayList<>();
      try (ParquetFileReader reader = HuggingFaceColumns.open(file, hadoop)) {
        MessageType schema = reader.getFileMetaData().getSchema();
        if (columns == null) {
          columns = HuggingFaceColumns.of(schema, name);
        }
        if (features.isEmpty()) {
          features = reader.getFileMetaData().getKeyValueMetaData().getOrDefault("huggingface", "");
        }
        columns.all(schema, name);
        List<BlockMetaData> blocks = reader.getRowGroups();
        Iterator<Group> rows = columns.rows(reader, columns.labelsOnly(schema, name)).iterator();
        int number = 0;
        for (int group = 0; group < blocks.size(); group++) {
          int[] labels = new int[Math.toIntExact(blocks.get(group).getRowCount())];
          for (int row = 0; row < labels.length; row++, number++) {
            Group content = rows.next();
            labels[row] = columns.label(content, name, number);
            greatestLabel = Math.max(greatestLabel, labels[row]);
            greatestCoarseLabel =
                Math.max(greatestCoarseLabel, columns.coarseLabel(content, name, number));
          }
          if (labels.length > 0) {
            read.add(new Labelled(file.toString(), group, labels));
          }
        }
      }
      if (shape == null && !read.isEmpty()) {
        try (ParquetFileReader reader = HuggingFaceColumns.open(file, hadoop)) {
          MessageType projection = columns.all(reader.getFileMetaData().getSchema(), name);
          Group first = columns.rows(reader, projection).iterator().next();
          String rowName = name + " row 0";
          shape = settings.prepareFirst(columns.image(first, rowName), rowName).shape();
        }
      }
      return read;
    }

    private SourceFile checksum(Path file) throws IOException {
      MessageDigest sha256 = Checksums.sha256();
      try (InputStream in = new DigestInputStream(fileSystem.open(file), sha256)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return new SourceFile(
          file.getName(), fileSystem.getFileStatus(file).getLen(), Checksums.hex(sha256));
    }

    /** Names by the files' own description, or numbers where it has none. */
    private List<String> names(String column, int greatest, String what) throws IOException {
      JsonNode names;
      try {
        names =
            new ObjectMapper()
                .readTree(features.isEmpty() ? "{}" : features)
                .path("info")
                .path("features")
                .path(column)
                .path("names");
      } catch (JsonProcessingException e) {
        throw new IOException(
            String.format(
                Locale.ROOT, "Cannot read the features of %s: %s", source, e.getOriginalMessage()),
            e);
      }
      List<String> found = new ArrayList<>();
      names.forEach(name -> found.add(name.asText()));
      if (found.isEmpty()) {
        return IntStream.rangeClosed(0, greatest).mapToObj(i -> what + " " + i).toList();
      }
      if (greatest >= found.size()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: %s %d has no name (there are %d names)",
                source,
                column,
                greatest,
                found.size()));
      }
      return found;
    }
  }
}
