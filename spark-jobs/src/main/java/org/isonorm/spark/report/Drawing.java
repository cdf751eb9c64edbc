package org.isonorm.spark.report;

import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.isonorm.spark.run.AtomicFiles;

/** A picture that can be part of a page or a file of its own. */
interface Drawing {
  int width();

  int height();

  /** Draws on a transparent ground, without a title or a legend. */
  void paint(Graphics2D graphics);

  /**
   * Draws as an SVG element for a page.
   *
   * @param id of the element, unique in the page
   * @param description for those who cannot see it
   * @throws IOException if it cannot be made
   */
  default String svg(String id, String description) throws IOException {
    return Svg.inline(this, id, description);
  }

  /**
   * Draws into a PNG file on a white ground.
   *
   * @throws IOException if the file cannot be written
   */
  default void png(Path file) throws IOException {
    BufferedImage image = new BufferedImage(width(), height(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setComposite(AlphaComposite.SrcOver);
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width(), height());
    try {
      paint(graphics);
    } finally {
      graphics.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    AtomicFiles.write(file, temporary -> Files.write(temporary, bytes.toByteArray()));
  }
}
