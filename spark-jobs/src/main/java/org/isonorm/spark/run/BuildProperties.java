package org.isonorm.spark.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/** What the build wrote into the jar: versions, and the commit. */
public final class BuildProperties {
  /** Versions of this project and what it is made of. */
  public static final String VERSIONS = "/isonorm-build.properties";

  /** The commit it was built from. */
  public static final String COMMIT = "/isonorm-git.properties";

  /** What is said where a build left something out. */
  public static final String UNKNOWN = "unknown";

  private BuildProperties() {}

  /** The version of this project. */
  public static String version() {
    return load(VERSIONS).getProperty("isonorm", UNKNOWN);
  }

  /** The commit it was built from, if the build could tell. */
  public static Optional<String> commit() {
    return Optional.ofNullable(load(COMMIT).getProperty("git.commit.id.full"));
  }

  /** One of the files above; empty where a build left it out. */
  public static Properties load(String resource) {
    Properties properties = new Properties();
    try (InputStream in = BuildProperties.class.getResourceAsStream(resource)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot read %s: %s", resource, e.getMessage()), e);
    }
    return properties;
  }
}
