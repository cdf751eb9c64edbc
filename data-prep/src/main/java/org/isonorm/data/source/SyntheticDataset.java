package org.isonorm.data.source;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;

/**
 * A data set that is drawn rather than downloaded: 32×32 colour images of a figure over clutter.
 * With 10 classes the class is the figure (disc, ring, square, …), which has a texture of its own
 * every other time and any texture else; with 100 it is texture and figure (striped disc, …). A
 * figure's colour leans towards a hue of its own, far into its neighbours' hues.
 *
 * <p>Position, size, stretch, turn, colours, background, clutter behind, something in front, and
 * noise are drawn for each image, so that an untrained network is at chance and a trained one is
 * well above it but not perfect. Labels take turns: every class is equally frequent. Each image is
 * a function of (seed, split, index) through plain arithmetic that every JDK computes to the same
 * bits. Immutable; serialized to executors.
 *
 * @param classes 10 or 100
 * @param seed of every image
 */
public record SyntheticDataset(int classes, long seed) implements Serializable {
  private static final ImageShape SHAPE = ImageShape.CIFAR;
  private static final int SIZE = SHAPE.height();
  private static final int SHAPES = SyntheticShape.values().length;

  /** Colours further apart than this (of at most 442) are told apart by eye. */
  private static final double DISTINCT = 100;

  /** A figure is turned by up to 45° either way. */
  private static final double MAX_TURN = StrictMath.PI / 4;

  /**
   * How far a figure's first colour strays from the hue it has on average, in turns: far into its
   * neighbours'.
   */
  private static final double HUE_SPREAD = 0.2;

  /** With 10 classes, how often a figure has its own texture rather than any. */
  private static final double OWN_TEXTURE = 0.5;

  private static final int COLOUR_TRIES = 32;

  public SyntheticDataset {
    if (classes != 10 && classes != 100) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid classes: %d (must be 10 or 100)", classes));
    }
  }

  /** A name a class, by label. */
  public List<String> classNames() {
    return IntStream.range(0, classes)
        .mapToObj(
            label ->
                classes == SHAPES
                    ? SyntheticShape.values()[label].label()
                    : SyntheticTexture.values()[label % SHAPES].label()
                        + "-"
                        + SyntheticShape.values()[label / SHAPES].label())
        .toList();
  }

  /** The label of the image at that index, in either split. */
  public int label(long index) {
    return (int) Math.floorMod(index, (long) classes);
  }

  /** Draws the image at that index of the split: 3,072 bytes, row-major HWC. */
  public byte[] image(Split split, long index) {
    RandomGenerator random = RandomStream.SYNTHETIC.generator(seed, split.ordinal(), index);
    int label = label(index);
    int figure = classes == SHAPES ? label : label / SHAPES;
    int filling = classes == SHAPES ? usually(label, random) : label % SHAPES;
    SyntheticShape shape = SyntheticShape.values()[figure];
    SyntheticTexture texture = SyntheticTexture.values()[filling];

    double[] first =
        colourOfHue(figure / (double) SHAPES + uniform(random, -HUE_SPREAD, HUE_SPREAD), random);
    double[] ground = colourApartFrom(random, first, first);
    double[] second = colourApartFrom(random, ground, first);

    double[] canvas = background(ground, random);
    for (int i = random.nextInt(3) + 1; i > 0; i--) {
      drawSpot(canvas, uniform(random, 0, SIZE), uniform(random, 0, SIZE), colour(random), random);
    }
    double centreX = SIZE / 2.0 + uniform(random, -4, 4);
    double centreY = SIZE / 2.0 + uniform(random, -4, 4);
    drawFigure(canvas, shape, texture, centreX, centreY, first, second, random);
    for (int i = random.nextInt(3); i > 0; i--) {
      double nearX = centreX + uniform(random, -9, 9);
      double nearY = centreY + uniform(random, -9, 9);
      drawSpot(canvas, nearX, nearY, colour(random), random);
    }
    return withNoise(canvas, uniform(random, 4, 26), random);
  }

  /** Draws the first so many images of the split, in index order. */
  public Shard shard(Split split, int examples) {
    byte[] images = new byte[examples * SHAPE.size()];
    for (int index = 0; index < examples; index++) {
      System.arraycopy(image(split, index), 0, images, index * SHAPE.size(), SHAPE.size());
    }
    return new Shard(
        SHAPE,
        0,
        images,
        IntStream.range(0, examples).map(this::label).toArray(),
        LongStream.range(0, examples).toArray());
  }

  /** A colour gradient in a random direction with waves across it. */
  private static double[] background(double[] ground, RandomGenerator random) {
    double angle = uniform(random, 0, 2 * StrictMath.PI);
    double cos = StrictMath.cos(angle) / SIZE;
    double sin = StrictMath.sin(angle) / SIZE;
    double[] slope = {uniform(random, -50, 50), uniform(random, -50, 50), uniform(random, -50, 50)};
    double waves = uniform(random, 1, 5);
    double height = uniform(random, 0, 20);
    double[] canvas = new double[SHAPE.size()];
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        double along = (x - SIZE / 2.0) * cos + (y - SIZE / 2.0) * sin;
        double across = (y - SIZE / 2.0) * cos - (x - SIZE / 2.0) * sin;
        double wave = Math.abs(across * waves - Math.floor(across * waves) - 0.5) * 4 - 1;
        for (int c = 0; c < 3; c++) {
          canvas[(y * SIZE + x) * 3 + c] = ground[c] + slope[c] * along + height * wave;
        }
      }
    }
    return canvas;
  }

  /** A figure of its own size, stretch, rotation and texture phase. */
  private static void drawFigure(
      double[] canvas,
      SyntheticShape shape,
      SyntheticTexture texture,
      double centreX,
      double centreY,
      double[] first,
      double[] second,
      RandomGenerator random) {
    double radius = uniform(random, 7, 13);
    double stretch = uniform(random, 0.85, 1.18);
    double angle = uniform(random, -MAX_TURN, MAX_TURN);
    double skew = uniform(random, -0.15, 0.15);
    double phase = random.nextDouble();
    double cos = StrictMath.cos(angle) / radius;
    double sin = StrictMath.sin(angle) / radius;
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        double dx = x + 0.5 - centreX;
        double dy = y + 0.5 - centreY;
        double v = (dy * cos - dx * sin) * stretch;
        double u = (dx * cos + dy * sin) / stretch + skew * v;
        double edge = shape.distance(u, v);
        double cover = 0.5 - edge * radius;
        if (cover > 0) {
          double mix = texture.mix(u, v, edge, phase);
          blend(canvas, x, y, Math.min(cover, 1), first, second, mix);
        }
      }
    }
  }

  /** A small bar or dot. */
  private static void drawSpot(
      double[] canvas, double centreX, double centreY, double[] colour, RandomGenerator random) {
    double halfLength = uniform(random, 0, 6);
    double halfWidth = uniform(random, 0.7, 2.6);
    double angle = uniform(random, 0, StrictMath.PI);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        double dx = x + 0.5 - centreX;
        double dy = y + 0.5 - centreY;
        double along = Math.max(Math.abs(dx * cos + dy * sin) - halfLength, 0);
        double across = dy * cos - dx * sin;
        double cover = 0.5 + halfWidth - Math.sqrt(along * along + across * across);
        if (cover > 0) {
          blend(canvas, x, y, Math.min(cover, 1), colour, colour, 0);
        }
      }
    }
  }

  private static void blend(
      double[] canvas, int x, int y, double cover, double[] first, double[] second, double mix) {
    int pixel = (y * SIZE + x) * 3;
    for (int c = 0; c < 3; c++) {
      double colour = first[c] + mix * (second[c] - first[c]);
      canvas[pixel + c] += cover * (colour - canvas[pixel + c]);
    }
  }

  /** Adds noise that is nearly Gaussian, the sum of four uniform numbers, and rounds to bytes. */
  private static byte[] withNoise(double[] canvas, double deviation, RandomGenerator random) {
    double scale = deviation * Math.sqrt(3) / 65_536;
    byte[] image = new byte[canvas.length];
    for (int i = 0; i < canvas.length; i++) {
      long bits = random.nextLong();
      long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
      double value = canvas[i] + (sum - 2 * 65_535) * scale;
      image[i] = (byte) Math.floor(Math.min(Math.max(value, 0), 255) + 0.5);
    }
    return image;
  }

  /** The figure's own texture, or every so often any of them. */
  private static int usually(int own, RandomGenerator random) {
    int any = random.nextInt(SHAPES);
    return random.nextDouble() < OWN_TEXTURE ? own : any;
  }

  /**
   * A colour of that hue, a turn being 1 and red 0, of any but the faintest saturation and
   * brightness.
   */
  private static double[] colourOfHue(double hue, RandomGenerator random) {
    double value = uniform(random, 110, 255);
    double saturation = uniform(random, 0.4, 1);
    double[] colour = new double[3];
    for (int c = 0; c < 3; c++) {
      double from = hue - c / 3.0;
      double apart = Math.abs(from - Math.floor(from + 0.5));
      double light = Math.min(Math.max(2 - 6 * apart, 0), 1);
      colour[c] = value * (1 - saturation * (1 - light));
    }
    return colour;
  }

  private static double[] colour(RandomGenerator random) {
    return new double[] {uniform(random, 0, 255), uniform(random, 0, 255), uniform(random, 0, 255)};
  }

  /** A colour distinct from both; after many tries the last. */
  private static double[] colourApartFrom(RandomGenerator random, double[] one, double[] other) {
    double[] colour = colour(random);
    for (int i = 0;
        i < COLOUR_TRIES && Math.min(apart(colour, one), apart(colour, other)) < DISTINCT;
        i++) {
      colour = colour(random);
    }
    return colour;
  }

  private static double apart(double[] one, double[] other) {
    double red = one[0] - other[0];
    double green = one[1] - other[1];
    double blue = one[2] - other[2];
    return Math.sqrt(red * red + green * green + blue * blue);
  }

  private static double uniform(RandomGenerator random, double from, double to) {
    return from + (to - from) * random.nextDouble();
  }
}
