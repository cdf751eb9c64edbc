package org.isonorm.data.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.BitSet;
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

  /** The examples in index order, and the images that cannot be read in their places. */
  default Iterator<Attempt> attempts(Configuration hadoop) throws IOException {
    Iterator<Example> examples = examples(hadoop);
    return IntStream.range(0, size())
        .mapToObj(i -> (Attempt) new Attempt.Read(examples.next()))
        .iterator();
  }

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

    @Override
    public Iterator<Attempt> attempts(Configuration hadoop) {
      return IntStream.range(0, files.size()).mapToObj(i -> attempt(i, hadoop)).iterator();
    }

    private Example example(int i, Configuration hadoop) {
      try {
        return read(i, hadoop);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private Attempt attempt(int i, Configuration hadoop) {
      try {
        return new Attempt.Read(read(i, hadoop));
      } catch (UnreadableImageException e) {
        return new Attempt.Unread(firstIndex + i, files.get(i).label(), e.getMessage());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private Example read(int i, Configuration hadoop) throws IOException {
      ImageFolder.Labelled file = files.get(i);
      return settings.example(
          firstIndex + i, file.read(hadoop), file.shown(), shape, file.label(), 0);
    }
  }

  /**
   * Images of an array, resized by the task.
   *
   * @param first the array's image that the slice begins with
   * @param chosen images that are taken, counted from there
   * @param labels a label an image, counted from there
   * @param shape of the first image of the source
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Pixels(
      PixelArray array,
      int first,
      BitSet chosen,
      int[] labels,
      ImageFileSettings settings,
      ImageShape shape,
      int firstIndex)
      implements SourceSlice {
    @Override
    public int size() {
      return chosen.cardinality();
    }

    @Override
    public Iterator<Example> examples(Configuration hadoop) throws IOException {
      return Unreadable.inOneSentence(array.shown(), () -> read(hadoop));
    }

    private Iterator<Example> read(Configuration hadoop) throws IOException {
      List<Example> examples = new ArrayList<>();
      try (InputStream in = array.at(first, hadoop)) {
        for (int i = 0; i < chosen.length(); i++) {
          DecodedImage image = array.next(in);
          if (chosen.get(i)) {
            byte[] pixels = settings.prepare(image).withChannels(shape.channels()).pixels();
            examples.add(new Example(firstIndex + examples.size(), pixels, labels[i], 0));
          }
        }
      }
      return examples.iterator();
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
      List<Example> examples = new ArrayList<>();
      for (Attempt attempt : Unreadable.inOneSentence(group.file(), () -> read(hadoop, false))) {
        examples.add(((Attempt.Read) attempt).example());
      }
      return examples.iterator();
    }

    @Override
    public Iterator<Attempt> attempts(Configuration hadoop) throws IOException {
      return Unreadable.inOneSentence(group.file(), () -> read(hadoop, true)).iterator();
    }

    private List<Attempt> read(Configuration hadoop, boolean skip) throws IOException {
      Path path = new Path(group.file());
      List<Attempt> attempts = new ArrayList<>();
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
            int index = firstIndex + attempts.size();
            try {
              attempts.add(
                  new Attempt.Read(
                      settings.example(
                          index,
                          columns.image(content, name),
                          name,
                          shape,
                          columns.label(content, path.getName(), row),
                          columns.coarseLabel(content, path.getName(), row))));
            } catch (UnreadableImageException e) {
              if (!skip) {
                throw e;
              }
              attempts.add(
                  new Attempt.Unread(
                      index, columns.label(content, path.getName(), row), e.getMessage()));
            }
          }
        }
      }
      return attempts;
    }
  }
}
