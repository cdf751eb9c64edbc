package org.isonorm.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.schema.MessageType;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.Unreadable;

/**
 * A data set in the Parquet layout of the Hugging Face hub: files {@code train-*.parquet} and
 * {@code test-*.parquet} whose rows hold an encoded image as {@code struct<bytes, path>} and its
 * label. Class names come from the files' own description of their features.
 *
 * @param name {@code cifar10} or {@code cifar100} where its classes are theirs
 * @param shape of every image, resized where that was asked for
 * @param columns what is read of the rows
 * @param groups each split's row groups, in index order
 * @param files every file with its checksum
 */
public record HuggingFaceCopy(
    String name,
    List<String> classNames,
    List<String> coarseClassNames,
    ImageShape shape,
    HuggingFaceColumns columns,
    Map<Split, List<RowGroup>> groups,
    List<SourceFile> files) {
  private static final List<String> CIFAR10_CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  /** One row group of a file, and how many rows it holds. */
  public record RowGroup(String file, int group, int rows) {}

  /**
   * Opens a copy, and reads every file of it once for checksums and labels.
   *
   * @param source the folder of the files, or one that holds that folder
   * @throws IOException in one sentence that names the file and what is wrong with it
   */
  public static HuggingFaceCopy open(
      String source, ImageFileSettings settings, Configuration hadoop) throws IOException {
    Path root = new Path(source);
    return new Opener(source, settings, root.getFileSystem(hadoop), hadoop)
        .open(root.getFileSystem(hadoop).makeQualified(root));
  }

  /** The work of {@link #open}. */
  private static final class Opener {
    private final String source;
    private final ImageFileSettings settings;
    private final FileSystem fileSystem;
    private final Configuration hadoop;
    private final Map<Split, List<RowGroup>> groups = new EnumMap<>(Split.class);
    private final List<SourceFile> files = new ArrayList<>();
    private HuggingFaceColumns columns;
    private String features = "";
    private ImageShape shape;
    private int greatestLabel;
    private int greatestCoarseLabel;

    Opener(String source, ImageFileSettings settings, FileSystem fileSystem, Configuration hadoop) {
      this.source = source;
      this.settings = settings;
      this.fileSystem = fileSystem;
      this.hadoop = hadoop;
    }

    public HuggingFaceCopy open(Path root) throws IOException {
      Path folder = find(root);
      for (Split split : Split.values()) {
        groups.put(split, new ArrayList<>());
        List<Path> ofSplit = parquet(folder, split);
        if (ofSplit.isEmpty()) {
          throw new IOException(
              "Cannot ingest %s: %s holds no %s-*.parquet"
                  .formatted(source, folder, split.directory()));
        }
        for (Path file : ofSplit) {
          Unreadable.inOneSentence(
              file,
              () -> {
                read(split, file);
                return null;
              });
        }
      }
      List<String> classNames = names(columns.label(), greatestLabel, "class");
      List<String> coarseClassNames =
          columns.hasCoarseLabel()
              ? names(columns.coarseLabel(), greatestCoarseLabel, "coarse class")
              : List.of();
      return new HuggingFaceCopy(
          name(classNames), classNames, coarseClassNames, shape, columns, groups, files);
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

    /** The given folder or the one in it that holds the training files. */
    private Path find(Path root) throws IOException {
      if (!parquet(root, Split.TRAIN).isEmpty()) {
        return root;
      }
      return Arrays.stream(list(root))
          .filter(FileStatus::isDirectory)
          .map(FileStatus::getPath)
          .sorted()
          .filter(folder -> hasTraining(folder))
          .findFirst()
          .orElse(root);
    }

    private boolean hasTraining(Path folder) {
      try {
        return !parquet(folder, Split.TRAIN).isEmpty();
      } catch (IOException e) {
        return false;
      }
    }

    private List<Path> parquet(Path folder, Split split) throws IOException {
      return Arrays.stream(list(folder))
          .filter(FileStatus::isFile)
          .map(FileStatus::getPath)
          .filter(
              file ->
                  file.getName().startsWith(split.directory() + "-")
                      && file.getName().endsWith(".parquet"))
          .sorted()
          .toList();
    }

    private FileStatus[] list(Path folder) throws IOException {
      try {
        return fileSystem.listStatus(folder);
      } catch (FileNotFoundException e) {
        throw new IOException("Cannot ingest %s: it does not exist".formatted(source), e);
      }
    }

    private void read(Split split, Path file) throws IOException {
      files.add(checksum(file));
      try (ParquetFileReader reader = HuggingFaceColumns.open(file, hadoop)) {
        MessageType schema = reader.getFileMetaData().getSchema();
        if (columns == null) {
          columns = HuggingFaceColumns.of(schema, file.getName());
          features = reader.getFileMetaData().getKeyValueMetaData().getOrDefault("huggingface", "");
        } else {
          columns.check(schema, file.getName());
        }
        List<BlockMetaData> blocks = reader.getRowGroups();
        for (int group = 0; group < blocks.size(); group++) {
          int rows = Math.toIntExact(blocks.get(group).getRowCount());
          groups.get(split).add(new RowGroup(file.toString(), group, rows));
        }
      }
      int row = 0;
      try (ParquetFileReader reader = HuggingFaceColumns.open(file, hadoop)) {
        for (Group labels : columns.rows(reader, columns.labelsOnly())) {
          greatestLabel = Math.max(greatestLabel, columns.label(labels, file.getName(), row));
          greatestCoarseLabel =
              Math.max(greatestCoarseLabel, columns.coarseLabel(labels, file.getName(), row));
          row++;
        }
      }
      if (shape == null) {
        try (ParquetFileReader reader = HuggingFaceColumns.open(file, hadoop)) {
          Group first = columns.rows(reader, columns.all()).iterator().next();
          String name = file.getName() + " row 0";
          shape = settings.prepare(columns.image(first, name), name, null).shape();
        }
      }
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
            "Cannot read the features of %s: %s".formatted(source, e.getOriginalMessage()), e);
      }
      List<String> found = new ArrayList<>();
      names.forEach(name -> found.add(name.asText()));
      if (found.isEmpty()) {
        return IntStream.rangeClosed(0, greatest).mapToObj(i -> what + " " + i).toList();
      }
      if (greatest >= found.size()) {
        throw new IOException(
            "Cannot ingest %s: %s %d has no name (there are %d names)"
                .formatted(source, column, greatest, found.size()));
      }
      return found;
    }
  }
}
