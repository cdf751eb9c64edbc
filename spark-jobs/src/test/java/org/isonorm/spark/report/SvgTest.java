package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.io.IOException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SvgTest {
  private record Sketch(Consumer<Graphics2D> painter) implements Drawing {
    @Override
    public int width() {
      return 40;
    }

    @Override
    public int height() {
      return 30;
    }

    @Override
    public void paint(Graphics2D graphics) {
      painter.accept(graphics);
    }
  }

  private static String inline(Consumer<Graphics2D> painter) throws IOException {
    return Svg.inline(new Sketch(painter), "p1", "a sketch");
  }

  @Test
  void segmentsOfACurveBecomeOnePathInTheInkOfThePage() throws IOException {
    String svg =
        inline(
            graphics -> {
              graphics.setColor(Ink.BLUE.color());
              graphics.setStroke(new BasicStroke(2, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
              graphics.drawLine(1, 2, 3, 4);
              graphics.drawLine(3, 4, 5, 6);
              graphics.drawLine(9, 9, 8, 8);
            });
    String style =
        "style=\"fill:none;stroke:var(--blue,#0072b2);stroke-linecap:round;stroke-linejoin:round;"
            + "stroke-miterlimit:10;stroke-width:2;\"";
    assertThat(svg)
        .isEqualTo(
            "<svg aria-label=\"a sketch\" role=\"img\" viewBox=\"0 0 40 30\">"
                + "<path d=\"M1 2L3 4 5 6\" "
                + style
                + "/><path d=\"M9 9L8 8\" "
                + style
                + "/></svg>");
  }

  @Test
  void whatIsNotSeenIsLeftOutAndClipsHaveNamesOfTheirOwn() throws IOException {
    String svg =
        inline(
            graphics -> {
              graphics.setColor(new Color(255, 255, 255, 0));
              graphics.fillRect(0, 0, 40, 30);
              graphics.setClip(1, 2, 3, 4);
              graphics.setColor(Ink.TEXT.translucent());
              graphics.translate(5, 6);
              graphics.fill(new Rectangle(7, 8, 9, 10));
            });
    assertThat(svg)
        .containsOnlyOnce("<rect ")
        .contains("id=\"p1-clipPath1\"", "clip-path=\"url(#p1-clipPath1)\"")
        .contains("transform=\"translate(5,6)\"", "fill:var(--text,#404449);fill-opacity:0.43");
  }

  @Test
  void aFileIsADocumentOfItsSize() throws IOException {
    assertThat(Svg.document(40, 30, graphics -> graphics.fillRect(1, 2, 3, 4)))
        .isEqualTo(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                + "<svg xmlns=\"http://www.w3.org/2000/svg\" height=\"30\" viewBox=\"0 0 40 30\""
                + " width=\"40\"><rect height=\"4\" style=\"fill:black;\" width=\"3\" x=\"1\""
                + " y=\"2\"/></svg>");
  }
}
