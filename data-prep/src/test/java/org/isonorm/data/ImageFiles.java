package org.isonorm.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Small drawn images as PNG and JPEG files. */
public final class ImageFiles {
  private ImageFiles() {}

  /** A picture with a colour of its own at every pixel, which depends on the number. */
  public static BufferedImage picture(int height, int width, int number) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, rgb(y, x, number));
      }
    }
    return image;
  }

  private static int rgb(int y, int x, int number) {
    return (y * 7 & 0xff) << 16 | (x * 5 & 0xff) << 8 | (number * 11 & 0xff);
  }

  /** The same picture as the bytes it is to be stored as. */
  public static byte[] pixels(int height, int width, int number) {
    byte[] pixels = new byte[height * width * 3];
    for (int i = 0; i < height * width; i++) {
      int rgb = rgb(Math.floorDiv(i, width), i % width, number);
      pixels[3 * i] = (byte) (rgb >> 16);
      pixels[3 * i + 1] = (byte) (rgb >> 8);
      pixels[3 * i + 2] = (byte) rgb;
    }
    return pixels;
  }

  public static byte[] png(int height, int width, int number) {
    return encode(picture(height, width, number), "png");
  }

  /** A file of grey levels that rise from pixel to pixel. */
  public static byte[] greyPng(int height, int width, int level) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < height * width; i++) {
      image.getRaster().setSample(i % width, Math.floorDiv(i, width), 0, level + i);
    }
    return encode(image, "png");
  }

  public static byte[] encode(BufferedImage image, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, format, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
