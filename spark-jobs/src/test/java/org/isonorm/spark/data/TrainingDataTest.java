package org.isonorm.spark.data;

import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;
import org.junit.jupiter.api.Test;

class TrainingDataTest {
  /** Folders of another user, in which nothing seems to be. */
  static final class Forbidden extends RawLocalFileSystem {
    @Override
    public FileStatus getFileStatus(Path file) throws IOException {
      throw new FileNotFoundException("File " + file + " does not exist");
    }

    @Override
    public FileStatus[] listStatus(Path folder) throws IOException {
      throw new AccessDeniedException(folder.toString(), null, "Permission denied");
    }
  }

  private static DataConfig config(String... settings) {
    return IsonormConfig.load(Optional.empty(), List.of(settings)).data();
  }

  @Test
  void aDataSetThatThisUserMayNotReadIsNotToBeIngestedAgain() {
    Configuration forbidden = new Configuration();
    forbidden.setClass("fs.file.impl", Forbidden.class, FileSystem.class);
    forbidden.setBoolean("fs.file.impl.disable.cache", true);
    for (DataConfig config :
        List.of(
            config("data.path=/others/data"),
            config("data.dataset=cifar10", "data.path=/others/data"))) {
      assertThatIOException()
          .isThrownBy(() -> TrainingData.find(config, forbidden))
          .withMessage("Cannot open data set /others/data: permission denied");
    }
  }
}
