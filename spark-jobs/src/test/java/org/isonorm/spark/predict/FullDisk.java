package org.isonorm.spark.predict;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.isonorm.spark.storage.SchemeFileSystem;

/** The local file system on a disk that is full. */
public final class FullDisk extends SchemeFileSystem {
  /** Of its URIs, {@code full:/folder}, and of the key {@code fs.full.impl}. */
  public static final String SCHEME = "full";

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  protected OutputStream createOutputStreamWithMode(
      Path file, boolean append, FsPermission permission) {
    return new Full();
  }

  @Override
  protected OutputStream createOutputStream(Path file, boolean append) {
    return new Full();
  }

  private static final class Full extends OutputStream {
    @Override
    public void write(int value) throws IOException {
      throw new IOException("No space left on device");
    }
  }
}
