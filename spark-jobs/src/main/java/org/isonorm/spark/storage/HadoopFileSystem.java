package org.isonorm.spark.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.Options.Rename;

/** One Hadoop file system: what is common to all paths of a scheme and authority. */
final class HadoopFileSystem extends FileSystem {
  /** Where a rename copies, and an object appears when it is complete. */
  private static final Set<String> OBJECT_STORES = Set.of("s3a", "s3", "gs", "oss", "cosn");

  private final String scheme;
  private final String authority;

  private HadoopFileSystem(String scheme, String authority) {
    this.scheme = scheme;
    this.authority = authority;
  }

  /** The file system of a URI; none is contacted yet. */
  static HadoopFileSystem of(URI uri) {
    return new HadoopFileSystem(uri.getScheme(), uri.getAuthority());
  }

  /** The path that a URI names. */
  HadoopPath root(URI uri) {
    String names = uri.getPath();
    return new HadoopPath(this, Path.of(names.startsWith("/") ? names : "/" + names));
  }

  URI uri(Path names) {
    try {
      return new URI(scheme, authority, Path.of("/").resolve(names).toString(), null, null);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid path: %s on %s://%s", names, scheme, authority), e);
    }
  }

  /** Hadoop's own file system, from its cache. */
  org.apache.hadoop.fs.FileSystem hadoop() throws IOException {
    try {
      return org.apache.hadoop.fs.FileSystem.get(uri(Path.of("/")), Storage.hadoop());
    } catch (org.apache.hadoop.fs.UnsupportedFileSystemException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot open %s: Hadoop has no file system for %s: on the class path (s3a: needs --packages org.apache.hadoop:hadoop-aws:%s)",
              uri(Path.of("/")),
              scheme,
              org.apache.hadoop.util.VersionInfo.getVersion()),
          e);
    }
  }

  /** Moves a file over another. */
  void rename(HadoopPath from, HadoopPath to) throws IOException {
    FileContext.getFileContext(uri(Path.of("/")), Storage.hadoop())
        .rename(from.hadoop(), to.hadoop(), Rename.OVERWRITE);
  }

  /** Copies a file of this machine to its place, where it appears whole or not at all. */
  void publish(Path local, HadoopPath file) throws IOException {
    boolean rename = !OBJECT_STORES.contains(scheme);
    HadoopPath target =
        rename ? (HadoopPath) file.resolveSibling("." + file.getFileName() + ".part") : file;
    try (OutputStream out = hadoop().create(target.hadoop(), true)) {
      Files.copy(local, out);
    }
    if (rename) {
      rename(target, file);
    }
  }

  @Override
  public FileSystemProvider provider() {
    return HadoopFileSystemProvider.INSTANCE;
  }

  @Override
  public Path getPath(String first, String... more) {
    return new HadoopPath(this, Path.of(first, more));
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(getPath("/"));
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("Unsupported: closing a shared file system");
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return Set.of("basic");
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    PathMatcher names = Path.of("/").getFileSystem().getPathMatcher(syntaxAndPattern);
    return path -> path instanceof HadoopPath hadoop && names.matches(hadoop.names());
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw new UnsupportedOperationException("Unsupported: users of " + scheme);
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("Unsupported: watching " + scheme);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HadoopFileSystem that
        && uri(Path.of("/")).equals(that.uri(Path.of("/")));
  }

  @Override
  public int hashCode() {
    return uri(Path.of("/")).hashCode();
  }
}
