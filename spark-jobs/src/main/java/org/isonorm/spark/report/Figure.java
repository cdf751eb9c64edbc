package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isonorm.spark.run.AtomicFiles;

/**
 * A figure of a report: in the page as a vector graphic in the page's colours, beside it as a PNG
 * file.
 *
 * @param id its name in the page and, with .png, of its file
 * @param note a sentence below it, "" for none
 * @param description for those who cannot see it
 * @param drawing none if there is nothing to draw
 * @param absent why there is none, "" if there is
 */
record Figure(
    String id,
    String title,
    String note,
    List<View.Key> legend,
    String description,
    Optional<Drawing> drawing,
    String absent) {
  private static final String FOLDER = "plots";

  static Figure of(
      String id,
      String title,
      String note,
      List<View.Key> legend,
      String description,
      Drawing drawing) {
    return new Figure(id, title, note, legend, description, Optional.of(drawing), "");
  }

  /** A figure that cannot be drawn. */
  static Figure absent(String id, String title, String why) {
    return new Figure(id, title, "", List.of(), "", Optional.empty(), why);
  }

  View.Figure view() throws IOException {
    if (drawing.isEmpty()) {
      return new View.Figure(title, note, legend, "", "Not run.", absent);
    }
    return Fonts.areThere()
        ? new View.Figure(title, note, legend, drawing.get().svg(id, description), "", "")
        : new View.Figure(title, note, legend, "", "Not drawn.", Fonts.sentence());
  }

  static List<View.Figure> views(List<Figure> figures) throws IOException {
    List<View.Figure> views = new ArrayList<>();
    for (Figure figure : figures) {
      views.add(figure.view());
    }
    return views;
  }

  /** Writes the figures into the folder plots beside a report, in place of those of an earlier. */
  static void write(List<Figure> figures, Path reportFolder) throws IOException {
    Path folder = reportFolder.resolve(FOLDER);
    List<Figure> drawn =
        Fonts.areThere()
            ? figures.stream().filter(f -> f.drawing().isPresent()).toList()
            : List.of();
    if (!drawn.isEmpty()) {
      try {
        Files.createDirectories(folder);
      } catch (IOException e) {
        throw AtomicFiles.cannotWrite(folder, e);
      }
    }
    for (Figure figure : drawn) {
      new Poster(figure.title(), figure.legend(), figure.drawing().get())
          .png(folder.resolve(figure.fileName()));
    }
    dropOthers(folder, Set.copyOf(drawn.stream().map(Figure::fileName).toList()));
  }

  private String fileName() {
    return id + ".png";
  }

  /** A figure of an earlier report that this one has not would pass for one of it. */
  private static void dropOthers(Path folder, Set<String> names) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".png") && !names.contains(name)) {
          Files.delete(file);
        }
      }
    }
  }
}
