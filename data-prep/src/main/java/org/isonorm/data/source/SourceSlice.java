package org.isonorm.data.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.schema.MessageType;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.Unreadable;

/**
 * Some consecutive examples of a source: what one ingestion task makes. Created on the driver;
 * serialized to executors.
 */
public sealed interface SourceSlice extends Serializable {
  /** Index of the slice's first example in its split. */
  int firstIndex();

  /** How many examples the slice holds. */
  int size();

  /** The examples in index order. */
  Iterator<Example> examples(Configuration hadoop) throws IOException;

  /** Records of a CIFAR batch file that was checked before. */
  record Cifar(CifarFormat format, String file, int firstRecord, int firstIndex, int size)
      implements SourceSlice {
    @Override
    public Iterator<Example> examples(Configuration hadoop) throws IOException {
      int recordBytes = format.recordBytes();
      byte[] records = new byte[size * recordBytes];
      Path path = new Path(file);
      try (FSDataInputStream in = path.getFileSystem(hadoop).open(path)) {
        in.readFully((long) firstRecord * recordBytes, records);
      } catch (EOFException e) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot read CIFAR batch %s: it changed while it was ingested",
                path.getName()),
            e);
      }
      return IntStream.range(0, size)
          .mapToObj(
              i ->
                  new Example(
                      firstIndex + i,
                      format.image(records, i * recordBytes),
                      format.label(records, i * recordBytes),
                      format.coarseLabel(records, i * recordBytes)))
          .iterator();
    }
  }

  /** Images of the synthetic data set. */
  record Synthetic(SyntheticDataset images, Split split, int firstIndex, int size)
      implements SourceSlice {
    @Override
    public Iterator<Example> examples(Configuration hadoop) {
      return IntStream.range(firstIndex, firstIndex + size)
          .mapToObj(index -> new Example(index, images.image(split, index), images.label(index), 0))
          .iterator();
    }
  }

  /** Image files, decoded and resized by the task. */
  record Files(
      List<ImageFolder.Labelled> files,
      ImageFileSettings settings,
      ImageShape shape,
      int firstIndex)
      implements SourceSlice {
    @Override
    public int size() {
      return files.size();
    }

    @Override
    public Iterator<Example> examples(Configuration hadoop) {
      return IntStream.range(0, files.size()).mapToObj(i -> example(i, hadoop)).iterator();
    }

    private Example example(int i, Configuration hadoop) {
      String file = files.get(i).file();
      try {
        byte[] content = FileTree.read(file, hadoop);
        DecodedImage image = settings.prepare(content, FileTree.shown(file), shape);
        return new Example(firstIndex + i, image.pixels(), files.get(i).label(), 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Rows of a row group of a Hugging Face file, decoded and resized by the task. */
  record HuggingFace(
      HuggingFaceColumns columns,
      HuggingFaceCopy.RowGroup group,
      ImageFileSettings settings,
      ImageShape shape,
      int firstIndex)
      implements SourceSlice {
    @Override
    public int size() {
      return group.rows();
    }

    @Override
    public Iterator<Example> examples(Configuration hadoop) throws IOException {
      return Unreadable.inOneSentence(group.file(), () -> read(hadoop));
    }

    private Iterator<Example> read(Configuration hadoop) throws IOException {
      Path path = new Path(group.file());
      List<Example> examples = new ArrayList<>();
      try (ParquetFileReader reader = HuggingFaceColumns.open(path, hadoop)) {
        for (int before = 0; before < group.group(); before++) {
          reader.skipNextRowGroup();
        }
        MessageType projection = columns.all(reader.getFileMetaData().getSchema(), path.getName());
        Iterator<Group> rows = columns.rows(reader, projection).iterator();
        for (int row = 0; row < group.chosen().length(); row++) {
          Group content = rows.next();
          if (group.chosen().get(row)) {
            String name =
                String.format(
                    Locale.ROOT, "%s row %d of row group %d", path.getName(), row, group.group());
            DecodedImage image = settings.prepare(columns.image(content, name), name, shape);
            examples.add(
                new Example(
                    firstIndex + examples.size(),
                    image.pixels(),
                    columns.label(content, path.getName(), row),
                    columns.coarseLabel(content, path.getName(), row)));
          }
        }
      }
      return examples.iterator();
    }
  }
}
