package org.isonorm.example;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Images of two classes that one look tells apart. */
public final class Discs {
  /** Pixels a side. */
  public static final int SIDE = 16;

  /** One in ten wrong would mean that nothing was learned. */
  public static final double LEARNED = 0.9;

  /** The schema of spark.read().format("image"), whose pixels are rows of blue, green and red. */
  public static final StructType SPARK_IMAGE =
      new StructType()
          .add("origin", DataTypes.StringType)
          .add("height", DataTypes.IntegerType)
          .add("width", DataTypes.IntegerType)
          .add("nChannels", DataTypes.IntegerType)
          .add("mode", DataTypes.IntegerType)
          .add("data", DataTypes.BinaryType);

  private Discs() {}

  /** A bright disc or a dark one, at a random place on a noisy ground; a PNG file. */
  public static byte[] image(boolean bright, SplittableRandom random) {
    return image(bright, random, SIDE);
  }

  /** The same in another size. */
  public static byte[] image(boolean bright, SplittableRandom random, int side) {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    int left = random.nextInt(side / 2);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        boolean inside = x >= left && x < left + side / 2 && y >= side / 4 && y < 3 * side / 4;
        int level = (inside ? bright ? 200 : 20 : 110) + random.nextInt(30);
        // A little colour, so that channels out of order would show.
        image.setRGB(x, y, new Color(level, level, Math.min(255, level + 20)).getRGB());
      }
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  /** Rows of encoded images and the names of their classes, in turns. */
  public static Dataset<Row> rows(SparkSession spark, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(RowFactory.create(image(i % 2 == 0, random), i % 2 == 0 ? "bright" : "dark"));
    }
    return spark.createDataFrame(
        rows,
        new StructType().add("image", DataTypes.BinaryType).add("label", DataTypes.StringType));
  }

  /** A folder with a folder of PNG files for every class, so many together. */
  public static Path folder(Path folder, int count) throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < count; i++) {
      Path ofClass = Files.createDirectories(folder.resolve(i % 2 == 0 ? "bright" : "dark"));
      Files.write(ofClass.resolve(i + ".png"), image(i % 2 == 0, random));
    }
    return folder;
  }

  /** An encoded image as Spark's image schema has it. */
  public static Row pixels(byte[] encoded) {
    try {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(encoded));
      int side = image.getWidth();
      byte[] data = new byte[side * side * 3];
      for (int i = 0; i < side * side; i++) {
        int rgb = image.getRGB(i % side, i / side);
        for (int c = 0; c < 3; c++) {
          data[3 * i + c] = (byte) (rgb >> 8 * c);
        }
      }
      return RowFactory.create("", side, side, 3, 16, data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
