package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports in a process of their own whose fontconfig knows of no fonts, as in slim images. */
class WithoutFontsTest {
  @TempDir private Path folder;

  /** Writes the reports of the folders given and says why they have no figures. */
  static final class Reports {
    public static void main(String[] folders) throws IOException {
      for (String folder : folders) {
        Report.render(Path.of(folder));
      }
      System.out.println(Report.withoutFigures().orElse("nothing"));
      try {
        NormsPlot.check(Path.of(folders[0], "norms.png"));
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  /** How Java tells of it depends on what of fonts, fontconfig and its files is missing. */
  @Test
  void whateverJavaSaysOfItThereAreNoFonts() {
    for (Error said :
        List.of(
            new Error("Probable fatal error: No physical fonts found."),
            new InternalError("java.lang.reflect.InvocationTargetException"),
            new UnsatisfiedLinkError("libfontmanager.so: libfreetype.so.6: cannot open"))) {
      assertThat(
              Fonts.works(
                  () -> {
                    throw said;
                  }))
          .as(said.toString())
          .isFalse();
    }
    assertThat(Fonts.works(() -> true)).isTrue();
  }

  @Tag("long")
  @Test
  void reportsHaveTheirTablesAndSayWhyThereAreNoFigures() throws Exception {
    Path run = Files.createDirectory(folder.resolve("run"));
    RunFixture.finished(run);
    Path grid = Files.createDirectory(folder.resolve("grid"));
    GridFixture.finished(grid, 0, "paper");
    Path fonts =
        Files.writeString(
            folder.resolve("fonts.conf"),
            "<?xml version=\"1.0\"?><fontconfig><cachedir>%s</cachedir></fontconfig>"
                .formatted(folder));
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Java remembers fonts in the home of its user.
                "-Duser.home=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                Reports.class.getName(),
                run.toString(),
                grid.toString())
            .redirectError(folder.resolve("err.txt").toFile());
    builder.environment().put("FONTCONFIG_FILE", fonts.toString());
    Process process = builder.start();

    List<String> printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();

    assertThat(process.waitFor()).as(Files.readString(folder.resolve("err.txt"))).isZero();
    assertThat(printed)
        .contains(
            "Cannot draw the report's figures: this Java has no fonts (install fontconfig and a font such as DejaVu, then write the report again with isonorm report DIR)",
            "Cannot draw --plot: this Java has no fonts (install fontconfig and a font such as DejaVu, or leave --plot out)");
    for (Path report : List.of(run, grid)) {
      assertThat(Files.readString(report.resolve("report.html")))
          .contains(
              "<table",
              "<strong>Not drawn.</strong> This Java has no fonts (install fontconfig and a font such as DejaVu).")
          .doesNotContain("<svg");
      assertThat(report.resolve("plots")).doesNotExist();
    }
  }
}
