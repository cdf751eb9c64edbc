package org.isonorm.spark.storage;

import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Iterator;
import java.util.stream.StreamSupport;

/**
 * A path on a Hadoop file system. The algebra of names is that of this machine's paths, which have
 * the same separators; {@code toString} of an absolute path is its URI.
 *
 * @param getFileSystem the file system, named as {@link Path} has it
 * @param names the path without its file system
 */
record HadoopPath(HadoopFileSystem getFileSystem, Path names) implements Path {
  private HadoopPath with(Path other) {
    return other == null ? null : new HadoopPath(getFileSystem, other);
  }

  private static Path names(Path other) {
    if (other instanceof HadoopPath path) {
      return path.names();
    }
    throw new ProviderMismatchException();
  }

  /** As Hadoop names it. */
  org.apache.hadoop.fs.Path hadoop() {
    return new org.apache.hadoop.fs.Path(toUri());
  }

  @Override
  public boolean isAbsolute() {
    return names.isAbsolute();
  }

  @Override
  public Path getRoot() {
    return with(names.getRoot());
  }

  @Override
  public Path getFileName() {
    return with(names.getFileName());
  }

  @Override
  public Path getParent() {
    return with(names.getParent());
  }

  @Override
  public int getNameCount() {
    return names.getNameCount();
  }

  @Override
  public Path getName(int index) {
    return with(names.getName(index));
  }

  @Override
  public Path subpath(int begin, int end) {
    return with(names.subpath(begin, end));
  }

  @Override
  public boolean startsWith(Path other) {
    return other instanceof HadoopPath path
        && path.getFileSystem().equals(getFileSystem)
        && names.startsWith(path.names());
  }

  @Override
  public boolean endsWith(Path other) {
    return other instanceof HadoopPath path && names.endsWith(path.names());
  }

  @Override
  public Path normalize() {
    return with(names.normalize());
  }

  @Override
  public Path resolve(Path other) {
    return with(names.resolve(names(other)));
  }

  @Override
  public Path resolve(String other) {
    return with(names.resolve(other));
  }

  @Override
  public Path resolveSibling(String other) {
    return with(names.resolveSibling(other));
  }

  @Override
  public Path relativize(Path other) {
    return with(names.relativize(names(other)));
  }

  @Override
  public URI toUri() {
    return getFileSystem.uri(names);
  }

  @Override
  public Path toAbsolutePath() {
    return isAbsolute() ? this : with(Path.of("/").resolve(names));
  }

  @Override
  public Path toRealPath(LinkOption... options) {
    return toAbsolutePath().normalize();
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("Unsupported: watching " + this);
  }

  @Override
  public int compareTo(Path other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public Iterator<Path> iterator() {
    return StreamSupport.stream(names.spliterator(), false).<Path>map(this::with).iterator();
  }

  @Override
  public String toString() {
    return isAbsolute() ? hadoop().toString() : names.toString();
  }
}
