package org.isonorm.data.augmentation;

import java.awt.image.BufferedImage;
import java.util.HashMap;
import java.util.Map;

/** Draws short captions in letters of 3×5 dots, which need no fonts on the machine. */
final class PixelText {
  private static final int ROWS = 5;
  private static final int COLUMNS = 3;

  /** Five rows a glyph, a dot where there is a #. */
  private static final Map<Character, String> GLYPHS = new HashMap<>();

  static {
    define("ABCDEFGHIJ", " #  ##   ## ##  ### ###  ## # # ###  ##");
    define("ABCDEFGHIJ", "# # # # #   # # #   #   #   # #  #    #");
    define("ABCDEFGHIJ", "### ##  #   # # ##  ##  # # ###  #    #");
    define("ABCDEFGHIJ", "# # # # #   # # #   #   # # # #  #  # #");
    define("ABCDEFGHIJ", "# # ##   ## ##  ### #    ## # # ###  # ");
    define("KLMNOPQRST", "# # #   # # ##   #  ##   #  ##   ## ###");
    define("KLMNOPQRST", "# # #   ### # # # # # # # # # # #    # ");
    define("KLMNOPQRST", "##  #   ### # # # # ##  # # ##   #   # ");
    define("KLMNOPQRST", "# # #   # # # # # # #   ##  # #   #  # ");
    define("KLMNOPQRST", "# # ### # # # #  #  #    ## # # ##   # ");
    define("UVWXYZ.,-x", "# # # # # # # # # # ###                ");
    define("UVWXYZ.,-x", "# # # # # # # # # #   #             # #");
    define("UVWXYZ.,-x", "# # # # ###  #   #   #          ###  # ");
    define("UVWXYZ.,-x", "# # # # ### # #  #  #        #      # #");
    define("UVWXYZ.,-x", "###  #  # # # #  #  ###  #  #          ");
    define("0123456789", "###  #  ##  ##  # # ### ### ### ### ###");
    define("0123456789", "# # ##    #   # # # #   #     # # # # #");
    define("0123456789", "# #  #   #  ##  ### ##  ###  #  ### ###");
    define("0123456789", "# #  #  #     #   #   # # #  #  # #   #");
    define("0123456789", "### ### ### ##    # ##  ###  #  ### ###");
  }

  private PixelText() {}

  /** Adds a row of dots to each of those glyphs, which are a column apart. */
  private static void define(String characters, String dots) {
    for (int i = 0; i < characters.length(); i++) {
      int start = i * (COLUMNS + 1);
      GLYPHS.merge(characters.charAt(i), dots.substring(start, start + COLUMNS), String::concat);
    }
  }

  /** Height in pixels of a line at that scale. */
  static int height(int scale) {
    return ROWS * scale;
  }

  /** Draws a line with its top left corner there; a character without a glyph is a space. */
  static void draw(BufferedImage picture, String text, int left, int top, int scale, int rgb) {
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i) == '×' ? 'x' : Character.toUpperCase(text.charAt(i));
      String dots = GLYPHS.getOrDefault(character, "");
      for (int dot = 0; dot < dots.length(); dot++) {
        if (dots.charAt(dot) == '#') {
          int x = left + (i * (COLUMNS + 1) + dot % COLUMNS) * scale;
          int y = top + Math.floorDiv(dot, COLUMNS) * scale;
          fill(picture, x, y, scale, rgb);
        }
      }
    }
  }

  private static void fill(BufferedImage picture, int left, int top, int size, int rgb) {
    for (int i = 0; i < size * size; i++) {
      int x = left + i % size;
      int y = top + Math.floorDiv(i, size);
      if (x < picture.getWidth() && y < picture.getHeight()) {
        picture.setRGB(x, y, rgb);
      }
    }
  }
}
