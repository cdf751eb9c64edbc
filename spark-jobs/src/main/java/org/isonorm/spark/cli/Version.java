package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.apache.spark.package$;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: this build, and the software that decides its results. */
final class Version implements IVersionProvider {
  private static final String BUILD = "/isonorm-git.properties";

  @Override
  public String[] getVersion() throws IOException {
    Properties build = new Properties();
    try (InputStream stream = Version.class.getResourceAsStream(BUILD)) {
      if (stream != null) {
        build.load(stream);
      }
    }
    return new String[] {
      "isonorm %s (commit %s)"
          .formatted(
              build.getProperty("git.build.version", "unknown"),
              build.getProperty("git.commit.id.full", "unknown")),
      "Spark " + package$.MODULE$.SPARK_VERSION(),
      "Java " + Runtime.version()
    };
  }
}
