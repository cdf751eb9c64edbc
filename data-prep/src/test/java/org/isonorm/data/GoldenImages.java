package org.isonorm.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import javax.imageio.ImageIO;

/** Pictures that src/test/python/make_golden.py made with Pillow, and parts of them as bytes. */
public final class GoldenImages {
  private GoldenImages() {}

  public static BufferedImage read(String name) throws IOException {
    try (InputStream in = GoldenImages.class.getResourceAsStream(name)) {
      return ImageIO.read(in);
    }
  }

  /** A part of the picture, row-major HWC. */
  public static byte[] part(BufferedImage picture, int left, int top, int width, int height) {
    byte[] pixels = new byte[height * width * 3];
    for (int i = 0; i < height * width; i++) {
      int rgb = picture.getRGB(left + i % width, top + Math.floorDiv(i, width));
      pixels[3 * i] = (byte) (rgb >> 16);
      pixels[3 * i + 1] = (byte) (rgb >> 8);
      pixels[3 * i + 2] = (byte) rgb;
    }
    return pixels;
  }

  /** The greatest difference of two values at the same place, in grey levels. */
  public static int difference(byte[] one, byte[] other) {
    int greatest = one.length == other.length ? 0 : Integer.MAX_VALUE;
    for (int i = 0; i < Math.min(one.length, other.length); i++) {
      greatest = Math.max(greatest, Math.abs((one[i] & 0xff) - (other[i] & 0xff)));
    }
    return greatest;
  }
}
