package org.isonorm.spark.storage;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.PathIsNotEmptyDirectoryException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.security.AccessControlException;

/** What {@link java.nio.file.Files} calls for a {@link HadoopPath}. */
final class HadoopFileSystemProvider extends FileSystemProvider {
  static final HadoopFileSystemProvider INSTANCE = new HadoopFileSystemProvider();

  /** Seconds between two uploads of a growing file where none can be appended to. */
  private static final long UPLOAD_SECONDS = 10;

  private HadoopFileSystemProvider() {}

  /** A call of Hadoop's. */
  @FunctionalInterface
  private interface Call<T> {
    T on(org.apache.hadoop.fs.FileSystem files, org.apache.hadoop.fs.Path path) throws IOException;
  }

  /**
   * Calls Hadoop; what is missing, forbidden or there already is told as {@code java.nio.file}
   * tells it.
   */
  private static <T> T call(Path path, Call<T> call) throws IOException {
    HadoopPath hadoop = (HadoopPath) path;
    try {
      return call.on(hadoop.getFileSystem().hadoop(), hadoop.hadoop());
    } catch (FileNotFoundException e) {
      throw caused(new NoSuchFileException(path.toString()), e);
    } catch (AccessControlException e) {
      throw caused(new AccessDeniedException(path.toString()), e);
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
      throw caused(new FileAlreadyExistsException(path.toString()), e);
    } catch (RemoteException e) {
      if (e.getClassName().endsWith(".AlreadyBeingCreatedException")) { // of HDFS: not closed yet
        throw caused(new FileAlreadyExistsException(path.toString()), e);
      }
      throw e;
    }
  }

  private static IOException caused(IOException told, IOException cause) {
    told.initCause(cause);
    return told;
  }

  @Override
  public InputStream newInputStream(Path path, OpenOption... options) throws IOException {
    return call(path, (files, file) -> files.open(file));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    if (options.stream().anyMatch(option -> option != StandardOpenOption.READ)) {
      throw new UnsupportedOperationException("Unsupported: a channel that writes to " + path);
    }
    return call(
        path,
        (files, file) ->
            new HadoopReadChannel(files.open(file), files.getFileStatus(file).getLen()));
  }

  @Override
  public OutputStream newOutputStream(Path path, OpenOption... options) throws IOException {
    Set<OpenOption> wanted = Set.of(options);
    return call(
        path,
        (files, file) -> {
          if (!wanted.contains(StandardOpenOption.APPEND)) {
            return new Flushed(files.create(file, !wanted.contains(StandardOpenOption.CREATE_NEW)));
          }
          if (!files.exists(file) && !wanted.contains(StandardOpenOption.CREATE)) {
            throw new FileNotFoundException();
          }
          if (!files.hasPathCapability(file, CommonPathCapabilities.FS_APPEND)) {
            return new Uploaded(files, file);
          }
          return new Flushed(files.exists(file) ? files.append(file) : files.create(file, false));
        });
  }

  /** What has been flushed can be read by others. */
  private static final class Flushed extends FilterOutputStream {
    private final FSDataOutputStream stream;

    Flushed(FSDataOutputStream stream) {
      super(stream);
      this.stream = stream;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      stream.write(bytes, from, count);
    }

    @Override
    public void flush() throws IOException {
      stream.hflush();
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /**
   * A file that grows where none can be appended to: it is kept whole and written anew, at most
   * every few seconds and at the end.
   */
  private static final class Uploaded extends ByteArrayOutputStream {
    private final org.apache.hadoop.fs.FileSystem files;
    private final org.apache.hadoop.fs.Path file;
    private long uploaded;
    private int uploadedBytes;

    Uploaded(org.apache.hadoop.fs.FileSystem files, org.apache.hadoop.fs.Path file)
        throws IOException {
      this.files = files;
      this.file = file;
      if (files.exists(file)) {
        try (InputStream before = files.open(file)) {
          before.transferTo(this);
        }
      }
      uploadedBytes = size();
      uploaded = System.nanoTime();
    }

    @Override
    public void flush() throws IOException {
      if (System.nanoTime() - uploaded >= UPLOAD_SECONDS * 1_000_000_000L) {
        upload();
      }
    }

    @Override
    public void close() throws IOException {
      if (size() != uploadedBytes) {
        upload();
      }
    }

    private void upload() throws IOException {
      try (OutputStream out = files.create(file, true)) {
        writeTo(out);
      }
      uploadedBytes = size();
      uploaded = System.nanoTime();
    }
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
    List<Path> content = new ArrayList<>();
    for (FileStatus status : call(folder, (files, path) -> files.listStatus(path))) {
      Path entry = folder.resolve(status.getPath().getName());
      if (filter.accept(entry)) {
        content.add(entry);
      }
    }
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return content.iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
    boolean made = call(folder, (files, path) -> !files.exists(path) && files.mkdirs(path));
    if (!made) {
      throw new FileAlreadyExistsException(folder.toString());
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    try {
      if (!call(path, (files, file) -> files.delete(file, false))) {
        throw new NoSuchFileException(path.toString());
      }
    } catch (PathIsNotEmptyDirectoryException e) {
      throw caused(new DirectoryNotEmptyException(path.toString()), e);
    }
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException(
        String.format(
            Locale.ROOT,
            "Unsupported: copying %s to %s within Hadoop's file system",
            source,
            target));
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    HadoopPath from = (HadoopPath) source;
    from.getFileSystem().rename(from, (HadoopPath) target);
  }

  @Override
  public boolean isSameFile(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }

  @Override
  public boolean isHidden(Path path) {
    return path.getFileName() != null && path.getFileName().toString().startsWith(".");
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    readAttributes(path, BasicFileAttributes.class);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    if (type != BasicFileAttributes.class) {
      throw new UnsupportedOperationException(
          String.format(Locale.ROOT, "Unsupported: %s of %s", type, path));
    }
    return type.cast(new HadoopAttributes(call(path, (files, file) -> files.getFileStatus(file))));
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return null;
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options) {
    throw new UnsupportedOperationException(
        String.format(Locale.ROOT, "Unsupported: %s of %s", names, path));
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options) {
    throw new UnsupportedOperationException(
        String.format(Locale.ROOT, "Unsupported: %s of %s", name, path));
  }

  @Override
  public FileStore getFileStore(Path path) {
    throw new UnsupportedOperationException("Unsupported: the store of " + path);
  }

  @Override
  public String getScheme() {
    return "hadoop";
  }

  @Override
  public Path getPath(URI uri) {
    return HadoopFileSystem.of(uri).root(uri);
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return HadoopFileSystem.of(uri);
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> settings) {
    return HadoopFileSystem.of(uri);
  }
}
