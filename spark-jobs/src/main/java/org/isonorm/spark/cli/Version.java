package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.apache.spark.package$;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: this build, and the software that decides its results. */
final class Version implements IVersionProvider {
  private static final String UNKNOWN = "unknown";

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {
      "isonorm %s (commit %s)"
          .formatted(
              property("/isonorm-build.properties", "isonorm"),
              property("/isonorm-git.properties", "git.commit.id.full")),
      "Spark " + package$.MODULE$.SPARK_VERSION(),
      "Java " + Runtime.version()
    };
  }

  private static String property(String resource, String key) throws IOException {
    Properties properties = new Properties();
    try (InputStream stream = Version.class.getResourceAsStream(resource)) {
      if (stream != null) {
        properties.load(stream);
      }
    }
    return properties.getProperty(key, UNKNOWN);
  }
}
