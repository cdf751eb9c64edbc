package org.isonorm.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhotosPipelineTest {
  private static final Path ROOT = Path.of("..");

  @TempDir Path folder;

  @Tag("long")
  @Test
  void theJavaExampleRuns() throws IOException {
    String photos = Discs.folder(folder.resolve("photos"), 100).toString();
    double accuracy =
        PhotosPipeline.run(LocalSpark.session(), photos, folder.resolve("model").toString());
    assertThat(accuracy).isGreaterThan(Discs.LEARNED);
  }

  /** What people copy is what tests run. */
  @ParameterizedTest
  @CsvSource({
    "Java, spark-jobs/src/test/java/org/isonorm/example/PhotosPipeline.java",
    "Scala, spark-jobs/src/test/scala/org/isonorm/example/PhotosSuite.scala",
    "Python, python/examples/photos.py"
  })
  void theReadmeShowsWhatRuns(String language, String file) throws IOException {
    List<String> lines = Files.readAllLines(ROOT.resolve(file));
    int from = -1;
    int to = -1;
    for (int i = 0; i < lines.size(); i++) {
      String mark = lines.get(i).strip().replaceFirst("^(//|#) ", "");
      if (mark.equals("README: " + language)) {
        from = i + 1;
      } else if (mark.equals("README")) {
        to = i;
      }
    }
    String shown = String.join("\n", lines.subList(from, to)).stripIndent().strip();
    assertThat(shown.lines().count()).isBetween(10L, 30L);
    assertThat(Files.readString(ROOT.resolve("README.md")))
        .contains("```" + language.toLowerCase(Locale.ROOT) + "\n" + shown + "\n```");
  }
}
