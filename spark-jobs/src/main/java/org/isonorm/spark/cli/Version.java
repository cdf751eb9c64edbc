package org.isonorm.spark.cli;

import java.util.Locale;
import org.apache.spark.package$;
import org.isonorm.spark.run.BuildProperties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: this build, and the software that decides its results. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      String.format(
          Locale.ROOT,
          "isonorm %s (commit %s)",
          BuildProperties.version(),
          BuildProperties.commit().orElse(BuildProperties.UNKNOWN)),
      "Spark " + package$.MODULE$.SPARK_VERSION(),
      "Java " + Runtime.version()
    };
  }
}
