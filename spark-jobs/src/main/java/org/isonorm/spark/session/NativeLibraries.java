package org.isonorm.spark.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Where JavaCPP unpacks native libraries. By itself it does so into a folder named after the jar,
 * and writes a file anew that differs from the jar's: under a process that runs from another jar of
 * that name, or in another time zone, since a jar holds local times. Here the folder is named after
 * what is unpacked, so that no file in it ever changes.
 */
public final class NativeLibraries {
  private static final String FOLDER = "org.bytedeco.javacpp.cachedir";
  private static final Pattern LIBRARY = Pattern.compile("\\.(so(\\.\\d+)*|dll|dylib)$");

  private NativeLibraries() {}

  /**
   * Names the folder to JavaCPP, before this process loads its first library; not if the property
   * {@code org.bytedeco.javacpp.cachedir} names one, or the libraries are in jars of their own,
   * whose names hold their versions.
   */
  public static void keepByContent() {
    CodeSource source = NativeLibraries.class.getProtectionDomain().getCodeSource();
    if (System.getProperty(FOLDER) != null || source == null) {
      return;
    }
    try {
      Path jar = Path.of(source.getLocation().toURI());
      if (Files.isRegularFile(jar)) {
        key(jar).ifPresent(key -> System.setProperty(FOLDER, base().resolve(key).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot read %s: %s", source.getLocation(), e.getMessage()),
          e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** JavaCPP's own folder, or where there is no home its second choice. */
  private static Path base() {
    Path home = Path.of(System.getProperty("user.home"), ".javacpp", "cache");
    try {
      Files.createDirectories(home);
      if (Files.isWritable(home)) {
        return home;
      }
    } catch (IOException e) {
      // Somebody without a home.
    }
    return Path.of(
        System.getProperty("java.io.tmpdir"),
        ".javacpp-" + System.getProperty("user.name"),
        "cache");
  }

  /** Tells libraries as they are unpacked here apart; nothing if the jar has none. */
  static Optional<String> key(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      List<String> libraries =
          zip.stream()
              .filter(entry -> isLibrary(entry.getName()))
              .map(NativeLibraries::describe)
              .sorted()
              .toList();
      return libraries.isEmpty() ? Optional.empty() : Optional.of(checksum(libraries));
    }
  }

  /** Of tens of thousands of names nearly all are of classes. */
  private static boolean isLibrary(String name) {
    return !name.endsWith(".class") && LIBRARY.matcher(name).find();
  }

  /** The time is that of the file when it is unpacked: JavaCPP compares it. */
  private static String describe(ZipEntry entry) {
    return String.format(
        Locale.ROOT,
        "%s %d %08x %d\n",
        entry.getName(),
        entry.getSize(),
        entry.getCrc(),
        entry.getTime());
  }

  private static String checksum(List<String> lines) {
    try {
      byte[] all = String.join("", lines).getBytes(StandardCharsets.UTF_8);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(all);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
