package org.isonorm.data.source;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * The folders and files of somebody's data, complete: a local folder is read by {@code java.nio},
 * since Hadoop's local file system leaves out every name that the locale cannot show, every link
 * that leads nowhere, and cannot hold a name with a colon.
 *
 * <p>A file is known by its location, which a task opens by {@link #read}: a {@code file:} URI with
 * the name's bytes escaped, so that it means the same file whatever the locale of the process is,
 * or a Hadoop path.
 */
public final class FileTree {
  /** Two letters at least: a Hadoop path, as Windows' drives have one. */
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  private static final String LOCAL = "file:";

  /** A name may hold a line feed, a message is one line. */
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /** What an entry of a folder is. */
  enum Kind {
    FOLDER,
    FILE,
    /** A link that leads nowhere. */
    DANGLING
  }

  /**
   * An entry of a folder.
   *
   * @param location what {@link #read} and {@link #list} take
   * @param name in the folder, whatever the locale can show
   */
  record Entry(String location, String name, Kind kind, long bytes) {}

  private final Configuration hadoop;

  FileTree(Configuration hadoop) {
    this.hadoop = hadoop;
  }

  /**
   * The location of a folder that somebody names.
   *
   * @param source a local path, whatever characters it has, or a {@code file:}, {@code hdfs:},
   *     {@code s3a:} URI
   */
  String locate(String source) throws IOException {
    boolean local =
        source.startsWith(LOCAL + "/")
            || (!SCHEME.matcher(source).matches()
                && LOCAL.startsWith(FileSystem.getDefaultUri(hadoop).getScheme()));
    if (!local) {
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(source);
      return path.getFileSystem(hadoop).makeQualified(path).toString();
    }
    String path = source.startsWith(LOCAL) ? source.substring(LOCAL.length()) : source;
    try {
      return location(Path.of(path.replaceFirst("^//+", "/")).toAbsolutePath().normalize());
    } catch (InvalidPathException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: the locale of this process cannot show its name (set LC_ALL=C.UTF-8)",
              source),
          e);
    }
  }

  /**
   * What a folder holds, all of it, in alphabetical order of the names.
   *
   * @throws FileNotFoundException if there is no such folder
   * @throws IOException in one sentence, if it cannot be listed
   */
  List<Entry> list(String folder) throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (isLocal(folder)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(path(folder))) {
        for (Path file : stream) {
          entries.add(entry(file));
        }
      } catch (NoSuchFileException e) {
        throw new FileNotFoundException(shown(folder));
      }
    } else {
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder);
      try {
        for (FileStatus status : path.getFileSystem(hadoop).listStatus(path)) {
          entries.add(
              new Entry(
                  status.getPath().toString(),
                  status.getPath().getName(),
                  status.isDirectory() ? Kind.FOLDER : Kind.FILE,
                  status.getLen()));
        }
      } catch (IllegalArgumentException e) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot list %s: a name in it has a ':', which Hadoop's file systems cannot hold (rename it, or copy the folder to a local disk)",
                folder),
            e);
      }
    }
    entries.sort(Comparator.comparing(Entry::name));
    return entries;
  }

  private static Entry entry(Path file) throws IOException {
    String location = location(file);
    String path = shown(location);
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (Files.isSymbolicLink(file) && !Files.exists(file)) {
      return new Entry(location, name, Kind.DANGLING, 0);
    }
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return new Entry(
        location, name, attributes.isDirectory() ? Kind.FOLDER : Kind.FILE, attributes.size());
  }

  /**
   * The content of a file, on whatever executor.
   *
   * @throws IOException in one sentence that names it, if it cannot be read
   */
  static byte[] read(String location, Configuration hadoop) throws IOException {
    if (!isLocal(location)) {
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(location);
      try (InputStream in = path.getFileSystem(hadoop).open(path)) {
        return in.readAllBytes();
      } catch (FileNotFoundException e) {
        throw new UnreadableImageException(shown(location), "it is not there any more", e);
      }
    }
    Path path = path(location);
    try {
      return Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw new UnreadableImageException(
          shown(location),
          Files.isSymbolicLink(path)
              ? "it is a link that leads nowhere (mend or remove it)"
              : "it is not there (every executor must see it)",
          e);
    } catch (java.nio.file.AccessDeniedException e) {
      throw new UnreadableImageException(
          shown(location), "it may not be read (permission denied)", e);
    } catch (IOException | OutOfMemoryError e) {
      throw UnreadableImageException.of(shown(location), e);
    }
  }

  /**
   * Bytes of a file, on whatever executor.
   *
   * @throws IOException in one sentence that names it, if it does not have them
   */
  static byte[] read(String location, long offset, int bytes, Configuration hadoop)
      throws IOException {
    try (InputStream in = open(location, hadoop)) {
      in.skipNBytes(offset);
      byte[] content = in.readNBytes(bytes);
      if (content.length < bytes) {
        throw new EOFException();
      }
      return content;
    } catch (EOFException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: it ends before byte %d",
              shown(location),
              offset + bytes),
          e);
    }
  }

  /** Opens a file, on whatever executor; skipping seeks. */
  static InputStream open(String location, Configuration hadoop) throws IOException {
    if (isLocal(location)) {
      try {
        return Files.newInputStream(path(location));
      } catch (NoSuchFileException e) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot read %s: there is no such file (every executor must see it)",
                shown(location)),
            e);
      }
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(location);
    return path.getFileSystem(hadoop).open(path);
  }

  /**
   * A location as people read it: bytes of a name that are UTF-8 as letters, others as {@code %XX}.
   */
  static String shown(String location) {
    if (!isLocal(location)) {
      return location;
    }
    String escaped = URI.create(location).getRawPath();
    ByteBuffer bytes = ByteBuffer.allocate(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) == '%') {
        bytes.put((byte) Integer.parseInt(escaped.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.put((byte) escaped.charAt(i));
      }
    }
    try {
      String path = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
      return LOCAL + CONTROL.matcher(path).replaceAll("?");
    } catch (CharacterCodingException e) {
      return LOCAL + escaped;
    }
  }

  private static boolean isLocal(String location) {
    return location.startsWith(LOCAL);
  }

  /** The JDK escapes a path's bytes, not its letters, and so back. */
  private static String location(Path file) {
    String location = file.toUri().toString();
    return location.endsWith("/") && location.length() > "file:///".length()
        ? location.substring(0, location.length() - 1)
        : location;
  }

  private static Path path(String location) {
    return Path.of(URI.create(location));
  }
}
