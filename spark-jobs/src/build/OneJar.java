import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Makes one jar of several, for spark-submit. Entries are copied as they are compressed: to inflate
 * and deflate a gigabyte of libraries again, as maven-shade-plugin does, takes most of a minute. Of
 * entries of one name the first is taken; lists of services are joined.
 *
 * <p>{@code java -cp "target/runtime/jars/*" OneJar.java TARGET VERSION JAR CLASSPATH-FILE}
 */
public final class OneJar {
  private static final String SERVICES = "META-INF/services/";

  /** What is true of one of the jars alone: its signature, manifest, module and licence. */
  private static final Pattern LEFT_OUT =
      Pattern.compile(
          "META-INF/([^/]*\\.(SF|DSA|RSA)|MANIFEST\\.MF|maven/.*|LICENSE(\\.txt|\\.md)?)"
              + "|(META-INF/versions/9/)?module-info\\.class");

  private final Set<String> written = new HashSet<>();
  private final Map<String, Set<String>> services = new TreeMap<>();

  public static void main(String[] words) throws IOException {
    Path target = Path.of(words[0]);
    // Half a jar is none.
    Path unfinished = target.resolveSibling(target.getFileName() + ".part");
    try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(unfinished)) {
      writeManifest(out, words[1]);
      OneJar jar = new OneJar();
      jar.copy(Path.of(words[2]), out);
      for (String part : Files.readString(Path.of(words[3])).strip().split(File.pathSeparator)) {
        jar.copy(Path.of(part), out);
      }
      jar.writeServices(out);
    }
    Files.move(unfinished, target, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void writeManifest(ZipArchiveOutputStream out, String version) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, "org.isonorm.spark.Isonorm");
    attributes.put(Attributes.Name.IMPLEMENTATION_TITLE, "Isonorm");
    attributes.put(Attributes.Name.IMPLEMENTATION_VERSION, version);
    attributes.put(Attributes.Name.MULTI_RELEASE, "true");
    out.putArchiveEntry(new ZipArchiveEntry(JarFile.MANIFEST_NAME));
    manifest.write(out);
    out.closeArchiveEntry();
  }

  private void copy(Path jar, ZipArchiveOutputStream out) throws IOException {
    try (ZipFile zip = ZipFile.builder().setPath(jar).get()) {
      zip.copyRawEntries(
          out,
          entry -> {
            String name = entry.getName();
            boolean isService = name.startsWith(SERVICES) && !entry.isDirectory();
            return !isService && !LEFT_OUT.matcher(name).matches() && written.add(name);
          });
      for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
        if (entry.getName().startsWith(SERVICES) && !entry.isDirectory()) {
          byte[] lines = zip.getInputStream(entry).readAllBytes();
          services
              .computeIfAbsent(entry.getName(), name -> new LinkedHashSet<>())
              .addAll(new String(lines, StandardCharsets.UTF_8).lines().toList());
        }
      }
    }
  }

  private void writeServices(ZipArchiveOutputStream out) throws IOException {
    for (Map.Entry<String, Set<String>> service : services.entrySet()) {
      out.putArchiveEntry(new ZipArchiveEntry(service.getKey()));
      out.write(String.join("\n", service.getValue()).concat("\n").getBytes(StandardCharsets.UTF_8));
      out.closeArchiveEntry();
    }
  }
}
