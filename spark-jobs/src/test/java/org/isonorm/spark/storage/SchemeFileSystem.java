package org.isonorm.spark.storage;

import java.net.URI;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local file system under a scheme of URIs of a test's own. */
public abstract class SchemeFileSystem extends RawLocalFileSystem {
  /** Asked for before a subclass has fields. */
  @Override
  public abstract String getScheme();

  @Override
  public URI getUri() {
    return URI.create(getScheme() + ":///");
  }
}
