package org.isonorm.spark.report;

import java.util.List;

/**
 * What the page's template is filled with: words, tables and drawn plots. The records are public
 * because FreeMarker reads them by reflection; the class around them is not.
 */
final class View {
  private View() {}

  /** A setting of the headline. */
  public record Fact(String name, String value) {}

  /**
   * A result.
   *
   * @param main whether it is the one to look at first
   */
  public record Tile(String label, String value, String note, boolean main) {}

  /**
   * An entry of a plot's legend.
   *
   * @param ink the CSS class of its colour
   * @param mark the CSS class of its shape: line, thin-line, dots or area
   */
  public record Key(String ink, String mark, String label) {}

  /**
   * A plot.
   *
   * @param missing what is wrong in a word or two if there is none, as in "Not run.", else ""
   * @param absent why there is none, "" if there is
   */
  public record Figure(
      String title, String note, List<Key> legend, String svg, String missing, String absent) {}

  /** A table whose first column names the row. */
  public record Table(List<String> columns, List<List<String>> rows, String note) {}

  /**
   * A cell of the confusion matrix.
   *
   * @param shade the share of its row in 0..1, as CSS wants it; "" for none
   * @param strength the CSS class that decides when the text changes its colour, "" for a weak
   *     shade
   * @param hint the cell in words, "" for an empty one
   */
  public record Cell(String count, String shade, String strength, String hint) {}

  /** A row of the confusion matrix. */
  public record MatrixRow(String name, List<Cell> cells) {}

  /**
   * The confusion matrix.
   *
   * @param dense whether there are too many classes to print the counts and names
   */
  public record Matrix(List<String> names, List<MatrixRow> rows, boolean dense) {}

  /**
   * An example with its image.
   *
   * @param image a data URI
   * @param alt the image in words
   * @param words what it was taken for
   */
  public record Picture(String image, String alt, String words, String confidence) {}

  /** Examples of a kind. */
  public record Gallery(String title, List<Picture> pictures) {}

  /** A plane of a grid: its figures, and the best γ of every learning rate. */
  public record Plane(
      String title,
      String sentence,
      Figure heatMap,
      Table best,
      Figure overGamma,
      List<Figure> curves) {}

  /**
   * A check of a grid.
   *
   * @param verdict in a sentence, "" if it could not be made
   */
  public record Check(String title, Figure figure, String verdict, Table fit) {}

  /** A table under a heading. */
  public record Titled(String title, Table table) {}
}
