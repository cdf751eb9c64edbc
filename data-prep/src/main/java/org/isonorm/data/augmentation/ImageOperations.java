package org.isonorm.data.augmentation;

import java.util.Arrays;
import java.util.Locale;
import org.isonorm.data.shard.ImageShape;

/**
 * The image operations of AutoAugment and colour jitter, as the Python Imaging Library (Pillow)
 * computes them, which the published policies were found and are used with.
 *
 * <p>Images are RGB, unsigned bytes, row-major HWC; every operation reads {@code from} and fills
 * {@code to}, which may be the same array where that is said. Geometric ones take the nearest pixel
 * and fill with grey 128 what comes from outside of the image. Holds scratch arrays, so that no
 * operation allocates: not for several threads.
 */
final class ImageOperations {
  /** Value of the pixels that come from outside of the image (Cubuk et al. 2019). */
  private static final byte FILL = (byte) 128;

  private static final int LEVELS = 256;
  private static final int CHANNELS = 3;

  /** Fractional bits of a coordinate in {@link #affine}. */
  private static final int FIXED = 16;

  private final int height;
  private final int width;
  private final int[] histogram = new int[CHANNELS * LEVELS];

  /** What each level becomes; channel c from c × 256 on. */
  private final byte[] table = new byte[CHANNELS * LEVELS];

  /**
   * Operations on images of that shape.
   *
   * @throws IllegalArgumentException if they have not three channels
   */
  ImageOperations(ImageShape shape) {
    check("auto-augment", shape);
    height = shape.height();
    width = shape.width();
  }

  /**
   * Checks that there are operations for images of that shape.
   *
   * @param setting what needs them
   * @throws IllegalArgumentException if they have not three channels
   */
  static void check(String setting, ImageShape shape) {
    if (shape.channels() != CHANNELS) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s for images of %d channel%s (must be 3, red, green and blue; switch it"
                  + " off, or ingest the images with channels 3)",
              setting,
              shape.channels(),
              shape.channels() == 1 ? "" : "s"));
    }
  }

  /** v → 255 − v. The arrays may be the same. */
  void invert(byte[] from, byte[] to) {
    solarize(from, to, 0);
  }

  /** v → 255 − v where v is at least the threshold. The arrays may be the same. */
  void solarize(byte[] from, byte[] to, double threshold) {
    for (int level = 0; level < LEVELS; level++) {
      set(level, level < threshold ? level : LEVELS - 1 - level);
    }
    lookUp(from, to);
  }

  /** Keeps that many leading bits of every value. The arrays may be the same. */
  void posterize(byte[] from, byte[] to, int bits) {
    int mask = -1 << (Byte.SIZE - bits);
    for (int level = 0; level < LEVELS; level++) {
      set(level, level & mask);
    }
    lookUp(from, to);
  }

  /** Stretches every channel from its least and greatest value to 0 and 255; in place if same. */
  void autoContrast(byte[] from, byte[] to) {
    count(from);
    for (int channel = 0; channel < CHANNELS; channel++) {
      int first = channel * LEVELS;
      int low = 0;
      while (low < LEVELS - 1 && histogram[first + low] == 0) {
        low++;
      }
      int high = LEVELS - 1;
      while (high > 0 && histogram[first + high] == 0) {
        high--;
      }
      double scale = high <= low ? 1 : (LEVELS - 1.0) / (high - low);
      double offset = high <= low ? 0 : -low * scale;
      for (int level = 0; level < LEVELS; level++) {
        table[first + level] = (byte) clip((int) (level * scale + offset));
      }
    }
    lookUp(from, to);
  }

  /** Spreads every channel's values evenly over 0 to 255. The arrays may be the same. */
  void equalize(byte[] from, byte[] to) {
    count(from);
    for (int channel = 0; channel < CHANNELS; channel++) {
      int first = channel * LEVELS;
      int highest = LEVELS - 1;
      while (highest > 0 && histogram[first + highest] == 0) {
        highest--;
      }
      int step = (height * width - histogram[first + highest]) / (LEVELS - 1);
      int below = step / 2;
      for (int level = 0; level < LEVELS; level++) {
        table[first + level] = (byte) (step == 0 ? level : clip(below / step));
        below += histogram[first + level];
      }
    }
    lookUp(from, to);
  }

  /** Moves values away from black (factor > 1) or towards it. The arrays may be the same. */
  void brightness(byte[] from, byte[] to, double factor) {
    blendWithLevel(from, to, 0, factor);
  }

  /** Moves values away from the mean grey or towards it. The arrays may be the same. */
  void contrast(byte[] from, byte[] to, double factor) {
    long sum = 0;
    for (int i = 0; i < height * width * CHANNELS; i += CHANNELS) {
      sum += grey(from, i);
    }
    blendWithLevel(from, to, (int) (sum / (double) (height * width) + 0.5), factor);
  }

  /** Moves a pixel away from its own grey or towards it. The arrays may be the same. */
  void color(byte[] from, byte[] to, double factor) {
    float f = (float) factor;
    for (int i = 0; i < height * width * CHANNELS; i += CHANNELS) {
      int grey = grey(from, i);
      to[i] = (byte) blend(grey, from[i] & 0xff, f);
      to[i + 1] = (byte) blend(grey, from[i + 1] & 0xff, f);
      to[i + 2] = (byte) blend(grey, from[i + 2] & 0xff, f);
    }
  }

  /**
   * Turns the hue by a share of the circle of colours, in hue, saturation and value of 255 levels
   * each. The arrays may be the same.
   */
  void hue(byte[] from, byte[] to, double turn) {
    int levels = (int) (turn * (LEVELS - 1));
    for (int i = 0; i < height * width * CHANNELS; i += CHANNELS) {
      int red = from[i] & 0xff;
      int green = from[i + 1] & 0xff;
      int blue = from[i + 2] & 0xff;
      int value = Math.max(red, Math.max(green, blue));
      float range = value - Math.min(red, Math.min(green, blue));
      // Grey has no hue; of one that rounds to no saturation, all channels become the value.
      int saturation = range == 0 ? 0 : (int) (range / value * (LEVELS - 1.0));
      if (saturation == 0) {
        to[i] = (byte) value;
        to[i + 1] = (byte) value;
        to[i + 2] = (byte) value;
        continue;
      }
      int turned = (hueLevel(red, green, blue, value, range) + levels) & (LEVELS - 1);
      colour(to, i, turned, saturation, value);
    }
  }

  /** Hue in levels of 255 a turn; red is 0. */
  private static int hueLevel(int red, int green, int blue, int value, float range) {
    float redLack = (value - red) / range;
    float greenLack = (value - green) / range;
    float blueLack = (value - blue) / range;
    float sixths;
    if (red == value) {
      sixths = blueLack - greenLack;
    } else if (green == value) {
      sixths = (float) (2.0 + redLack - blueLack);
    } else {
      sixths = (float) (4.0 + greenLack - redLack);
    }
    float share = (float) ((sixths / 6.0 + 1.0) % 1.0);
    return clip((int) (share * (LEVELS - 1.0)));
  }

  /** Writes the pixel of a hue, saturation and value. */
  private static void colour(byte[] to, int i, int hue, int saturation, int value) {
    double sixths = hue * 6.0 / (LEVELS - 1);
    int sector = (int) sixths;
    float beyond = (float) (sixths - sector);
    float share = (float) (saturation / (LEVELS - 1.0));
    byte high = (byte) value;
    byte low = (byte) clip((int) (value * (1.0 - share) + 0.5));
    byte falling = (byte) clip((int) (value * (1.0 - share * beyond) + 0.5));
    byte rising = (byte) clip((int) (value * (1.0 - share * (1.0 - beyond)) + 0.5));
    switch (sector % 6) {
      case 0 -> fill(to, i, high, rising, low);
      case 1 -> fill(to, i, falling, high, low);
      case 2 -> fill(to, i, low, high, rising);
      case 3 -> fill(to, i, low, falling, high);
      case 4 -> fill(to, i, rising, low, high);
      default -> fill(to, i, high, low, falling);
    }
  }

  private static void fill(byte[] to, int i, byte red, byte green, byte blue) {
    to[i] = red;
    to[i + 1] = green;
    to[i + 2] = blue;
  }

  /**
   * Moves values away from the smoothed image's or towards them: 3×3 means in which the centre
   * counts five times. The outermost pixels are kept. Needs two arrays.
   */
  void sharpness(byte[] from, byte[] to, double factor) {
    float f = (float) factor;
    int stride = width * CHANNELS;
    System.arraycopy(from, 0, to, 0, height * stride);
    for (int row = 1; row < height - 1; row++) {
      for (int i = row * stride + CHANNELS; i < (row + 1) * stride - CHANNELS; i++) {
        int sum =
            threeAround(from, i - stride)
                + threeAround(from, i)
                + threeAround(from, i + stride)
                + 4 * (from[i] & 0xff);
        int smooth = (2 * sum + 13) / 26;
        to[i] = (byte) blend(smooth, from[i] & 0xff, f);
      }
    }
  }

  /** Shifts the image's content to the left by so many pixels. Needs two arrays. */
  void translateX(byte[] from, byte[] to, double pixels) {
    affine(from, to, 1, 0, pixels, 0, 1, 0);
  }

  /** Shifts the image's content up by so many pixels. Needs two arrays. */
  void translateY(byte[] from, byte[] to, double pixels) {
    affine(from, to, 1, 0, 0, 0, 1, pixels);
  }

  /** Shifts column x up by slope × x pixels. Needs two arrays. */
  void shearY(byte[] from, byte[] to, double slope) {
    affine(from, to, 1, 0, 0, slope, 1, 0);
  }

  /** Turns the image counterclockwise about its centre. Needs two arrays. */
  void rotate(byte[] from, byte[] to, double degrees) {
    double angle = -degrees * StrictMath.PI / 180;
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double x = width / 2.0;
    double y = height / 2.0;
    affine(from, to, cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y);
  }

  /**
   * Output pixel (x, y) is input pixel (a x + b y + c, d x + e y + f), both taken at the pixels'
   * centres. Coordinates are of 16.16 bits, as in Pillow, so that the same pixels are met.
   */
  private void affine(
      byte[] from, byte[] to, double a, double b, double c, double d, double e, double f) {
    int xPerX = fixed(a);
    int xPerY = fixed(b);
    int yPerX = fixed(d);
    int yPerY = fixed(e);
    int xOfRow = fixed(c + a * 0.5 + b * 0.5);
    int yOfRow = fixed(f + d * 0.5 + e * 0.5);
    Arrays.fill(to, 0, height * width * CHANNELS, FILL);
    int out = 0;
    for (int row = 0; row < height; row++) {
      int x = xOfRow;
      int y = yOfRow;
      for (int column = 0; column < width; column++) {
        int inX = x >> FIXED;
        int inY = y >> FIXED;
        if (inX >= 0 && inX < width && inY >= 0 && inY < height) {
          int in = (inY * width + inX) * CHANNELS;
          to[out] = from[in];
          to[out + 1] = from[in + 1];
          to[out + 2] = from[in + 2];
        }
        out += CHANNELS;
        x += xPerX;
        y += yPerX;
      }
      xOfRow += xPerY;
      yOfRow += yPerY;
    }
  }

  private static int fixed(double value) {
    return (int) Math.floor(value * (1 << FIXED) + 0.5);
  }

  private static int threeAround(byte[] image, int i) {
    return (image[i - CHANNELS] & 0xff) + (image[i] & 0xff) + (image[i + CHANNELS] & 0xff);
  }

  /** Luma of ITU-R 601, .299 R + .587 G + .114 B, in 16.16 bits as in Pillow. */
  private static int grey(byte[] image, int i) {
    int weighted =
        19_595 * (image[i] & 0xff) + 38_470 * (image[i + 1] & 0xff) + 7_471 * (image[i + 2] & 0xff);
    return (weighted + 0x8000) >> 16;
  }

  private void blendWithLevel(byte[] from, byte[] to, int degenerate, double factor) {
    for (int level = 0; level < LEVELS; level++) {
      set(level, blend(degenerate, level, (float) factor));
    }
    lookUp(from, to);
  }

  /** degenerate + factor × (value − degenerate), clipped, without its fraction. */
  private static int blend(int degenerate, int value, float factor) {
    return clip((int) (degenerate + factor * (value - degenerate)));
  }

  private static int clip(int value) {
    return Math.min(Math.max(value, 0), LEVELS - 1);
  }

  private void set(int level, int value) {
    for (int channel = 0; channel < CHANNELS; channel++) {
      table[channel * LEVELS + level] = (byte) value;
    }
  }

  private void count(byte[] image) {
    Arrays.fill(histogram, 0);
    for (int i = 0; i < height * width * CHANNELS; i += CHANNELS) {
      histogram[image[i] & 0xff]++;
      histogram[LEVELS + (image[i + 1] & 0xff)]++;
      histogram[2 * LEVELS + (image[i + 2] & 0xff)]++;
    }
  }

  private void lookUp(byte[] from, byte[] to) {
    for (int i = 0; i < height * width * CHANNELS; i += CHANNELS) {
      to[i] = table[from[i] & 0xff];
      to[i + 1] = table[LEVELS + (from[i + 1] & 0xff)];
      to[i + 2] = table[2 * LEVELS + (from[i + 2] & 0xff)];
    }
  }
}
