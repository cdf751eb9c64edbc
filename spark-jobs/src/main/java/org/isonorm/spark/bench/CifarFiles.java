package org.isonorm.spark.bench;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.spark.data.TrainingData;

/**
 * The images of a run as CIFAR-10's binary files, which hold a label byte, then the bytes of red,
 * green and blue of each image: what bench/torch_fast.py reads.
 */
final class CifarFiles {
  private CifarFiles() {}

  /** Writes the images that train, those held out if there are some, and the test images. */
  static void write(TrainingData data, Path folder, Configuration hadoop) throws IOException {
    write(data, Split.TRAIN, data.training(), folder.resolve("data_batch_1.bin"), hadoop);
    if (data.validationExamples() > 0) {
      write(data, Split.TRAIN, data.validation(), folder.resolve("validation_batch.bin"), hadoop);
    }
    write(data, Split.TEST, data.test(), folder.resolve("test_batch.bin"), hadoop);
  }

  private static void write(
      TrainingData data, Split split, PositionRange positions, Path file, Configuration hadoop)
      throws IOException {
    Shard shard = ShardReader.read(data.manifest(), data.folder(), split, positions, hadoop);
    byte[] images = shard.images();
    int[] labels = shard.labels();
    ImageShape shape = shard.shape();
    int pixels = shape.height() * shape.width();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < labels.length; i++) {
        out.write(labels[i]);
        for (int channel = 0; channel < shape.channels(); channel++) {
          for (int pixel = 0; pixel < pixels; pixel++) {
            out.write(images[i * shape.size() + pixel * shape.channels() + channel]);
          }
        }
      }
    }
  }
}
